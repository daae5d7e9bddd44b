#include "exec/stretches.h"

#include <algorithm>

#include "plan/tile_layout.h"

namespace voxline {

Stretch::Stretch(Stretches* all, const Region& tile, int axis) : all_(axis < 0 ? nullptr : all), tile_(tile), axis_(axis) {
  if (axis < 0) return;
  begun_ = tile.axis(axis).begin;
  end_ = tile.axis(axis).end;
  if (!all_) return;
  const std::lock_guard lock(all_->mutex_);
  all_->underWay_.push_back(this);
  if (all_->toBegin_ > 0) --all_->toBegin_;
}

Stretch::~Stretch() {
  if (!all_) return;
  const std::lock_guard lock(all_->mutex_);
  auto& underWay = all_->underWay_;
  underWay.erase(std::find(underWay.begin(), underWay.end(), this));
}

std::int64_t Stretch::begin(std::int64_t target) {
  if (!all_) return end_;
  const std::lock_guard lock(all_->mutex_);
  begun_ = std::clamp(target, begun_, end_);
  return end_;
}

std::unique_ptr<Stretch> Stretches::take() {
  std::unique_lock lock(mutex_);
  if (toBegin_ > 0 || underWay_.empty()) return nullptr;
  const auto sliceOf = [](const Stretch& s) { return s.tile_.size() / s.tile_.axis(s.axis_).length(); };
  Stretch& from = **std::max_element(underWay_.begin(), underWay_.end(), [&](const Stretch* a, const Stretch* b) {
    return a->left() * sliceOf(*a) < b->left() * sliceOf(*b);
  });
  const std::int64_t taken = (from.left() - lead_) / 2;
  // Slices nearer to the end than the lead may have been computed already, with rows that are left to the next division: those are the new
  // tile's to leave, so none may be taken then.
  if (taken < std::max<std::int64_t>(lead_, 1) || taken * sliceOf(from) < kLeastShared) return nullptr;
  Region part = from.tile_;
  part.setAxis(from.axis_, {from.end_ - taken, from.end_});
  from.end_ -= taken;
  lock.unlock();
  return std::make_unique<Stretch>(this, part, from.axis_);
}

}  // namespace voxline
