#include "autograd/tape_trace.h"

#include <algorithm>
#include <span>
#include <utility>

namespace vitrine::autograd {
namespace {

/// The tape whose steps need names, or null.
Tape* traced_tape(const ExecutionContext& context) { return context.kernels.trace != nullptr ? context.tape : nullptr; }

}  // namespace

TracedOperation::TracedOperation(ExecutionContext& context, const char* name, std::string_view detail)
    : scope_(context.kernels.trace, TraceKind::kOperation, name, -1, detail), tape_(traced_tape(context)) {
  if (tape_ == nullptr) return;
  outer_operation_ = std::exchange(tape_->operation_, name);
  outer_detail_ = std::exchange(tape_->detail_, detail);
}

TracedOperation::~TracedOperation() {
  if (tape_ == nullptr) return;
  tape_->operation_ = outer_operation_;
  tape_->detail_ = outer_detail_;
}

TracedRegion::TracedRegion(ExecutionContext& context, const char* name, int64_t index)
    : scope_(context.kernels.trace, TraceKind::kRegion, name, index), tape_(traced_tape(context)) {
  if (tape_ == nullptr) return;
  tape_->regions_.push_back({name, index, tape_->region_});
  outer_region_ = std::exchange(tape_->region_, static_cast<int>(tape_->regions_.size()) - 1);
}

TracedRegion::~TracedRegion() {
  if (tape_ != nullptr) tape_->region_ = outer_region_;
}

void Tape::BackwardRegions::move_to(int region) {
  std::vector<int> path;
  for (int each = region; each >= 0; each = tape_.regions_[static_cast<size_t>(each)].outer) path.push_back(each);
  std::reverse(path.begin(), path.end());
  const auto shared = std::mismatch(open_.begin(), open_.end(), path.begin(), path.end()).first - open_.begin();
  close_down_to(static_cast<size_t>(shared));
  for (const int each : std::span(path).subspan(static_cast<size_t>(shared))) {
    const Region& entered = tape_.regions_[static_cast<size_t>(each)];
    trace_->open(TraceKind::kRegion, entered.name, entered.index);
    open_.push_back(each);
  }
}

void Tape::BackwardRegions::close_down_to(size_t count) {
  for (; open_.size() > count; open_.pop_back()) trace_->close();
}

}  // namespace vitrine::autograd
