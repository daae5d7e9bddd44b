#include "exec/reduction.h"

#include "base/error.h"

namespace voxline {

ReduceState& Reduction::stateOf(int worker) {
  const std::lock_guard lock(mutex_);
  const auto row = static_cast<std::size_t>(worker);
  if (states_.size() <= row) states_.resize(row + 1);
  if (!states_[row]) states_[row] = started(kernel_.stateBytes(params_, rank_));
  return *states_[row];
}

std::unique_ptr<Reduction::Held> Reduction::started(std::size_t bytes) {
  auto held = std::make_unique<Held>();
  held->memory = allocate(bytes, Fill::None);
  held->owner = this;
  held->bytes = bytes;
  held->data = held->memory->data();
  held->empty = [](ReduceState& state) {
    auto& full = static_cast<Held&>(state);
    full.owner->empty(full);
  };
  kernel_.startState(params_, rank_, held->data, bytes);
  return held;
}

void Reduction::empty(Held& state) {
  {
    const std::lock_guard lock(mutex_);
    add(state);
  }
  kernel_.startState(params_, rank_, state.data, state.bytes);
}

// A total without room is replaced by one of twice its size.
void Reduction::add(const Held& state) {
  if (!total_) total_ = started(state.bytes);
  while (!kernel_.mergeState(params_, total_->data, state.data)) {
    auto larger = started(2 * total_->bytes);
    if (!kernel_.mergeState(params_, larger->data, total_->data))
      throw internalError("a reduction's state does not grow");
    total_ = std::move(larger);
  }
}

std::vector<double> Reduction::results() {
  for (auto& state : states_) {
    if (!state) continue;
    if (total_) add(*state);
    else total_ = std::move(state);
  }
  states_.clear();
  if (!total_) total_ = started(kernel_.stateBytes(params_, rank_));
  std::vector<double> values;
  kernel_.result(params_, total_->data, {&values, [](void* list, double value) {
                                           static_cast<std::vector<double>*>(list)->push_back(value);
                                         }});
  return values;
}

}  // namespace voxline
