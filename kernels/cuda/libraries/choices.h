// Algorithms that were chosen: each follows from the facts of a call alone, and is looked up by
// them.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

namespace taeda::cuda {

template <class Choice>
class Choices {
 public:
  using Facts = std::vector<int64_t>;

  // choose() where these facts are new.
  template <class Choose>
  Choice get(const Facts& facts, Choose choose) {
    std::lock_guard lock(guard_);
    if (const auto found = kept_.find(facts); found != kept_.end()) return found->second;
    const Choice chosen = choose();
    if (kept_.size() >= kMost) kept_.clear();
    kept_.emplace(facts, chosen);
    return chosen;
  }

 private:
  static constexpr size_t kMost = 4096;
  std::mutex guard_;
  std::map<Facts, Choice> kept_;
};

}  // namespace taeda::cuda
