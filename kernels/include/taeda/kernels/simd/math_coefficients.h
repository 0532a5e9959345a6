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

// (erf(x) / x - 2 / sqrt(pi)) / z of z = x^2, |x| <= 1.
inline constexpr float kErfNear[] = {
    // 1.3e-9
    -0x1.8127420000000p-2f, 0x1.ce2d700000000p-4f,   -0x1.b800120000000p-6f,
    0x1.5437700000000p-8f,  -0x1.a544360000000p-11f, 0x1.4cbc160000000p-14f,
};

// (2 atanh(s) - 2 s) / s^3 of z = s^2, s = f / (2 + f), 0 <= f <= 1.
inline constexpr float kLogUnit[] = {
    // 2.2e-10
    0x1.5555580000000p-1f, 0x1.9996a60000000p-2f, 0x1.2509b40000000p-2f,
    0x1.b6d01e0000000p-3f, 0x1.f1caae0000000p-3f,
};

// (sinh(x) - x) / x^3 of z = x^2, |x| <= 1.
inline constexpr float kSinh[] = {
    // 5.7e-11
    0x1.5555560000000p-3f,
    0x1.1111360000000p-7f,
    0x1.9ffe120000000p-13f,
    0x1.7a268e0000000p-19f,
};

// (e^r - 1 - r) / r^2, |r| <= ln(2) / 2.
inline constexpr double kExpPower[] = {
    // 5.3e-11
    0x1.0000003a5675ap-1, 0x1.5555543e9f92bp-3,  0x1.55548d2926598p-5,
    0x1.11127587d6794p-7, 0x1.6d8da6342a6b6p-10, 0x1.9f0415c14f9ddp-13,
};

// (2 atanh(s) - 2 s) / s^3 of z = s^2, s = f / (2 + f), 1 + f in [sqrt(1/2), sqrt(2)].
inline constexpr double kLogPower[] = {
    // 6.0e-14
    0x1.55555556204f0p-1, 0x1.999996a31604cp-2, 0x1.249414c7fbbdcp-2,
    0x1.c62a10f479f64p-3, 0x1.912545f31e3c5p-3,
};

// (a + 3) e^(a^2) erfc(a) of t = (a - 3) / (a + 3), a >= 0, the form of M. Shepherd and
// J. Laframboise, Math. Comp. 36 (1981); the middle one for 1 <= a <= 4, the short one
// for a <= 10.2, where floats end.
inline constexpr float kErfcMiddle[] = {
    // 1.5e-8
    0x1.12f21e0000000p+0f, -0x1.c44c520000000p-1f, 0x1.2e32e60000000p-1f,  -0x1.3de0100000000p-2f,
    0x1.e93eb00000000p-4f, -0x1.cfc9200000000p-6f, -0x1.53ab8c0000000p-8f,
};

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

// e^(a^2 / 2) Phi(-a) of h = a - c, with the distribution function Phi of the standard
// normal distribution and c the middle of a quarter of a power of two of a + 1, which
// the four bits of a float from 2^21 on number: [power of h][number], and last what
// rounding took from the first.
inline constexpr float kNormalTail[8][16] = {
    // 4.7e-9
    {0x1.d898de0000000p-3f, 0x1.7b5abe0000000p-3f, 0x1.3aadde0000000p-3f, 0x1.0bb9680000000p-3f,
     0x1.b396fa0000000p-4f, 0x1.5b5ace0000000p-4f, 0x1.201faa0000000p-4f, 0x1.eba5fe0000000p-5f,
     0x1.9269720000000p-5f, 0x1.43a38a0000000p-5f, 0x1.0e7dce0000000p-5f, 0x1.d087ae0000000p-6f,
     0x1.d0af2c0000000p-2f, 0x1.84b7060000000p-2f, 0x1.4b1de20000000p-2f, 0x1.1e7c2e0000000p-2f},
    {-0x1.c493240000000p-4f, -0x1.3253b80000000p-4f, -0x1.b405cc0000000p-5f, -0x1.432b1a0000000p-5f,
     -0x1.b603900000000p-6f, -0x1.1be2c60000000p-6f, -0x1.8b19560000000p-7f, -0x1.21ae920000000p-7f,
     -0x1.86b84a0000000p-8f, -0x1.fbf2d20000000p-9f, -0x1.63cfca0000000p-9f, -0x1.06cdbe0000000p-9f,
     -0x1.5e6e6e0000000p-2f, -0x1.06bfb20000000p-2f, -0x1.93234e0000000p-3f,
     -0x1.3baf580000000p-3f},
    {0x1.7b79d20000000p-5f, 0x1.bd45f40000000p-6f, 0x1.15aa6c0000000p-6f, 0x1.6c5e3c0000000p-7f,
     0x1.a29f060000000p-8f, 0x1.bfbaee0000000p-9f, 0x1.07e3ea0000000p-9f, 0x1.4ea5080000000p-10f,
     0x1.7625dc0000000p-11f, 0x1.8af2400000000p-12f, 0x1.d0fb640000000p-13f, 0x1.27e8060000000p-13f,
     0x1.a4e15e0000000p-3f, 0x1.222f240000000p-3f, 0x1.9a45b20000000p-4f, 0x1.28beee0000000p-4f},
    {-0x1.1f31780000000p-6f, -0x1.2961340000000p-7f, -0x1.49b98a0000000p-8f, -0x1.838b3e0000000p-9f,
     -0x1.7e77e20000000p-10f, -0x1.55b7260000000p-11f, -0x1.57fcc20000000p-12f,
     -0x1.7b5de60000000p-13f, -0x1.617b300000000p-14f, -0x1.304ffe0000000p-15f,
     -0x1.2ddcd80000000p-16f, -0x1.4b91960000000p-17f, -0x1.b02a840000000p-4f,
     -0x1.15c8d20000000p-4f, -0x1.6e91b00000000p-5f, -0x1.ef9f200000000p-6f},
    {0x1.8ff1a00000000p-8f, 0x1.721de00000000p-9f, 0x1.70c4840000000p-10f, 0x1.87b6740000000p-11f,
     0x1.4faed20000000p-12f, 0x1.fa36260000000p-14f, 0x1.b6410e0000000p-15f, 0x1.a672640000000p-16f,
     0x1.49c0780000000p-17f, 0x1.d0e5c00000000p-19f, 0x1.857a980000000p-20f, 0x1.71c62e0000000p-21f,
     0x1.89deb40000000p-5f, 0x1.dc32d40000000p-6f, 0x1.27b8080000000p-6f, 0x1.78a8060000000p-7f},
    {-0x1.0613000000000p-9f, -0x1.b4f88a0000000p-11f, -0x1.89fe340000000p-12f,
     -0x1.7c88800000000p-13f, -0x1.2127540000000p-14f, -0x1.71811a0000000p-16f,
     -0x1.13fa140000000p-17f, -0x1.d21a600000000p-19f, -0x1.36c7c20000000p-20f,
     -0x1.658ebc0000000p-22f, -0x1.f8fdfe0000000p-24f, -0x1.9de4860000000p-25f,
     -0x1.4741e20000000p-6f, -0x1.764a140000000p-7f, -0x1.b800120000000p-8f,
     -0x1.0968360000000p-8f},
    {0x1.3f2a340000000p-11f, 0x1.e438420000000p-13f, 0x1.8e7e180000000p-14f, 0x1.60857e0000000p-15f,
     0x1.d807480000000p-17f, 0x1.02fdac0000000p-18f, 0x1.50dea60000000p-20f, 0x1.f5c0020000000p-22f,
     0x1.1a9fe40000000p-23f, 0x1.0c67480000000p-25f, 0x1.41b6180000000p-27f, 0x1.c93b620000000p-29f,
     0x1.f309860000000p-8f, 0x1.0f63fe0000000p-8f, 0x1.2f80300000000p-9f, 0x1.5c785e0000000p-10f},
    {0x1.424b400000000p-32f, -0x1.a038d40000000p-28f, -0x1.cb7d7e0000000p-32f,
     0x1.9bde8e0000000p-28f, -0x1.8183580000000p-31f, -0x1.899f260000000p-29f,
     -0x1.b4bf220000000p-29f, 0x1.6c5bc20000000p-31f, 0x1.7d23f20000000p-32f,
     0x1.c8f0260000000p-30f, -0x1.c4d6ec0000000p-30f, -0x1.23e5580000000p-31f,
     -0x1.82eef40000000p-28f, -0x1.389ad80000000p-30f, -0x1.b33e640000000p-27f,
     -0x1.b25ef20000000p-27f},
};

}  // namespace taeda::coefficients
