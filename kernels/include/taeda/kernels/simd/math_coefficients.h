// Made by scripts/derive_coefficients.py, which says how; each with its largest error.
#pragma once

namespace taeda::coefficients {

// (e^r - 1 - r) / r^2, |r| <= ln(2) / 2.
inline constexpr double kExpShort[] = {
    // 3.1e-9
    0x1.fffffb979579fp-2, 0x1.5554909ddf286p-3,  0x1.5558f26b825a2p-5,
    0x1.123a6d32c108dp-7, 0x1.6a24edf0bdb1ap-10,
};

template <class T>
inline constexpr T kExp[] = {};
template <>
inline constexpr float kExp<float>[] = {
    // 3.1e-9
    0x1.fffffc0000000p-2f, 0x1.5554900000000p-3f,  0x1.5558f20000000p-5f,
    0x1.123a6e0000000p-7f, 0x1.6a24ee0000000p-10f,
};

template <>
inline constexpr double kExp<double>[] = {
    // 3.7e-18
    0x1.000000000000ap-1,  0x1.55555555554f9p-3,  0x1.55555555507eep-5,  0x1.1111111127d90p-7,
    0x1.6c16c1844b9d1p-10, 0x1.a01a012a07f0ap-13, 0x1.a01999ac30196p-16, 0x1.71df25734d3ecp-19,
    0x1.28adcfec34100p-22, 0x1.ad8021f014a37p-26,
};

// (2 atanh(s) - 2 s) / s^3 of z = s^2, s = f / (2 + f), 1 + f in [sqrt(1/2), sqrt(2)].
template <class T>
inline constexpr T kLog[] = {};
template <>
inline constexpr float kLog<float>[] = {
    // 1.6e-9
    0x1.55557a0000000p-1f,
    0x1.995e7e0000000p-2f,
    0x1.31ea260000000p-2f,
};

template <>
inline constexpr double kLog<double>[] = {
    // 2.5e-18
    0x1.5555555555593p-1, 0x1.999999997f89fp-2, 0x1.249249423fbc8p-2, 0x1.c71c51c4add4ap-3,
    0x1.74664def2eecap-3, 0x1.39a01ff25a50ep-3, 0x1.2f166d62b46d3p-3,
};

// (sin(r) - r) / r^3 of z = r^2, |r| <= pi / 4.
template <class T>
inline constexpr T kSin[] = {};
template <>
inline constexpr float kSin<float>[] = {
    // 3.6e-9
    -0x1.5555460000000p-3f,
    0x1.1107580000000p-7f,
    -0x1.994b5a0000000p-13f,
};

template <>
inline constexpr double kSin<double>[] = {
    // 3.5e-18
    -0x1.5555555555549p-3, 0x1.111111110f842p-7,   -0x1.a01a019c0a303p-13,
    0x1.71de3570fe66dp-19, -0x1.ae5e60c23e64ap-26, 0x1.5d915cb6cb904p-33,
};

// (cos(r) - 1 + r^2 / 2) / r^4 of z = r^2, |r| <= pi / 4.
template <class T>
inline constexpr T kCos[] = {};
template <>
inline constexpr float kCos<float>[] = {
    // 9.7e-11
    0x1.55554a0000000p-5f,
    -0x1.6c0c820000000p-10f,
    0x1.99ff8a0000000p-16f,
};

template <>
inline constexpr double kCos<double>[] = {
    // 4.8e-20
    0x1.555555555554cp-5,   -0x1.6c16c16c15144p-10, 0x1.a01a019cabc59p-16,
    -0x1.27e4f8056072fp-22, 0x1.1ee9e8a82381bp-29,  -0x1.8facdad7bc550p-37,
};

// (asin(x) - x) / x^3 of z = x^2, |x| <= 1/2.
template <class T>
inline constexpr T kAsin[] = {};
template <>
inline constexpr float kAsin<float>[] = {
    // 5.0e-9
    0x1.5555ca0000000p-3f, 0x1.33013e0000000p-4f, 0x1.748e9e0000000p-5f,
    0x1.8b87960000000p-6f, 0x1.59f4ca0000000p-5f,
};

template <>
inline constexpr double kAsin<double>[] = {
    // 1.5e-17
    0x1.5555555555384p-3, 0x1.333333336fd4dp-4, 0x1.6db6db41a0bb0p-5,  0x1.f1c72c7e5c1c0p-6,
    0x1.6e89edd402542p-6, 0x1.1c6c414df4257p-6, 0x1.c6f677a6eb76bp-7,  0x1.8ef2415239c34p-7,
    0x1.aa3b65f030546p-8, 0x1.4105dc96403c0p-6, -0x1.0b7b2978e84fep-6, 0x1.05fd3a66bed05p-5,
};

// (atan(x) - x) / x^3 of z = x^2, |x| <= tan(pi / 8).
template <class T>
inline constexpr T kAtan[] = {};
template <>
inline constexpr float kAtan<float>[] = {
    // 6.6e-10
    -0x1.55554a0000000p-2f, 0x1.9991aa0000000p-3f,  -0x1.23b6740000000p-3f,
    0x1.b1fd8e0000000p-4f,  -0x1.f23c200000000p-5f,
};

template <>
inline constexpr double kAtan<double>[] = {
    // 1.3e-18
    -0x1.555555555553dp-2, 0x1.999999999588ap-3, -0x1.24924922ae9fbp-3, 0x1.c71c70e69d7fcp-4,
    -0x1.745cf8ecc3026p-4, 0x1.3b111a37cdbeap-4, -0x1.10ebc4331b88bp-4, 0x1.df0fec14ea1ebp-5,
    -0x1.9cd550e6d97a1p-5, 0x1.37db80e18d867p-5, -0x1.25759f6396996p-6,
};

// (tanh(x) - x) / x^3 of z = x^2, |x| <= 5/8.
template <class T>
inline constexpr T kTanh[] = {};
template <>
inline constexpr float kTanh<float>[] = {
    // 4.2e-9
    -0x1.5555340000000p-2f, 0x1.1107620000000p-3f,  -0x1.b8434c0000000p-5f,
    0x1.524fc60000000p-6f,  -0x1.7689ea0000000p-8f,
};

template <>
inline constexpr double kTanh<double>[] = {
    // 3.5e-19
    -0x1.5555555555552p-2,  0x1.1111111110c2cp-3,  -0x1.ba1ba1b9d0681p-5,  0x1.664f48709c193p-6,
    -0x1.226e32cca7eabp-7,  0x1.d6d359f26498dp-9,  -0x1.7d9c310a87111p-10, 0x1.350b7e901683ep-11,
    -0x1.f113252099c2bp-13, 0x1.801b8161d8257p-14, -0x1.fac6bbd44b13fp-16, 0x1.9608b2a284de0p-18,
};

// (erf(x) / x - 2 / sqrt(pi)) / z of z = x^2, |x| <= 1.
inline constexpr double kErfShort[] = {
    // 1.3e-9
    -0x1.81274132a1654p-2, 0x1.ce2d6f6d87e17p-4,   -0x1.b80011e4c604dp-6,
    0x1.54376f27d6fc5p-8,  -0x1.a5443586937bfp-11, 0x1.4cbc15e820c26p-14,
};

inline constexpr double kErf[] = {
    // 1.3e-19
    -0x1.812746b0379e6p-2,  0x1.ce2f21a042b55p-4,  -0x1.b82ce312856acp-6,  0x1.565bcd0dccad6p-8,
    -0x1.c02db3dda4dd5p-11, 0x1.f9a3222214f91p-14, -0x1.f4d1e864be3e9p-17, 0x1.b9df61da65850p-20,
    -0x1.5f20c76e77babp-23, 0x1.f7c900b705e69p-27, -0x1.38d904d3ea724p-30, 0x1.069a84602d1f5p-34,
};

// (a + 3) e^(a^2) erfc(a) of t = (a - 3) / (a + 3), a >= 0, the form of M. Shepherd and
// J. Laframboise, Math. Comp. 36 (1981); the short one for a <= 10.2, where floats end.
inline constexpr double kErfcShort[] = {
    // 2.1e-9
    0x1.12f21de08f440p+0,   -0x1.c44c48397a537p-1,  0x1.2e32674c693f6p-1,   -0x1.3deacd243f9cap-2,
    0x1.e99750db69343p-4,   -0x1.b7be635dfcd2cp-6,  -0x1.418167eab3beap-10, 0x1.93be6cea69fc0p-9,
    -0x1.fa9f9c61d95efp-12, -0x1.551e756bc229dp-12,
};

inline constexpr double kErfc[] = {
    // 6.7e-18
    0x1.12f21ddd9f5e2p+0,   -0x1.c44c471baa375p-1,  0x1.2e326945de2a5p-1,   -0x1.3deb21415dd41p-2,
    0x1.e995f11b19101p-4,   -0x1.b78993d6a1812p-6,  -0x1.3dd3e71bfe1bfp-10, 0x1.8dae3a1f4bf77p-9,
    -0x1.1f78e03002906p-11, -0x1.2238fbc3ee63dp-12, 0x1.c324f94d37ddcp-14,  0x1.fdfec1c52f7b3p-16,
    -0x1.25168e08bc9dap-16, -0x1.3eb0d4cb488a2p-18, 0x1.72bfe0fac46c4p-19,  0x1.0bd6101ce810dp-20,
    -0x1.b06d9f3192dfep-22, -0x1.f06fb406260d8p-23, 0x1.5d932e307b978p-25,  0x1.97f47869db614p-25,
    0x1.07553dc2481b3p-29,  -0x1.9d188d2a23dcap-28, -0x1.8439103194096p-30,
};

}  // namespace taeda::coefficients
