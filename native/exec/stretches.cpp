#include "exec/stretches.h"

#include <algorithm>

namespace voxline {

namespace {

constexpr std::int64_t kLeastTaken = 1 << 14;  // voxels

}  // namespace

Stretch::Stretch(Stretches* all, const Region& tile, int axis)
    : all_(all), tile_(tile), axis_(axis), begun_(tile.axis(axis).begin), end_(tile.axis(axis).end) {
  if (!all_) return;
  const std::lock_guard lock(all_->mutex_);
  all_->underWay_.push_back(this);
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

std::optional<Region> Stretches::take() {
  const std::lock_guard lock(mutex_);
  const auto left = [](const Stretch* s) { return s->end_ - s->begun_; };
  const auto most = std::max_element(underWay_.begin(), underWay_.end(), [&](const Stretch* a, const Stretch* b) { return left(a) < left(b); });
  if (most == underWay_.end()) return std::nullopt;
  Stretch& from = **most;
  const std::int64_t taken = (left(&from) - lead_) / 2, slice = from.tile_.size() / from.tile_.axis(from.axis_).length();
  // Nearer to the end the other worker would have made rows that are left to the next division, which are the new tile's to leave.
  if (taken < std::max<std::int64_t>(lead_, 1) || taken * slice < kLeastTaken) return std::nullopt;
  Region part = from.tile_;
  part.setAxis(from.axis_, {from.end_ - taken, from.end_});
  from.end_ -= taken;
  return part;
}

}  // namespace voxline
