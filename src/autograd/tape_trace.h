// Names for what a tape records, so that a trace shows the backward pass in the shape of the forward pass.
#pragma once

#include <string_view>
#include <vector>

#include "autograd/execution_context.h"

namespace vitrine::autograd {

/// An op's scope in a trace: `name` is a literal, `detail` (a weight's name) lives as long as the tape. What the op
/// records goes by the same name when it runs backwards. Does nothing when nobody traces.
class TracedOperation {
 public:
  TracedOperation(ExecutionContext& context, const char* name, std::string_view detail = {});
  ~TracedOperation();
  TracedOperation(const TracedOperation&) = delete;
  TracedOperation& operator=(const TracedOperation&) = delete;

 private:
  const TraceScope scope_;
  Tape* tape_ = nullptr;
  const char* outer_operation_ = nullptr;
  std::string_view outer_detail_;
};

/// Groups what a module does, as "name index": in the forward pass and, through the tape, in the backward pass.
class TracedRegion {
 public:
  TracedRegion(ExecutionContext& context, const char* name, int64_t index = -1);
  ~TracedRegion();
  TracedRegion(const TracedRegion&) = delete;
  TracedRegion& operator=(const TracedRegion&) = delete;

 private:
  const TraceScope scope_;
  Tape* tape_ = nullptr;
  int outer_region_ = -1;
};

/// The regions that are open while the steps of a tape run backwards.
class Tape::BackwardRegions {
 public:
  BackwardRegions(const Tape& tape, TraceRecorder* trace) : tape_(tape), trace_(trace) {}
  ~BackwardRegions() { close_down_to(0); }
  BackwardRegions(const BackwardRegions&) = delete;
  BackwardRegions& operator=(const BackwardRegions&) = delete;

  /// Leaves the regions that a step is not in and enters those that it is in.
  void move_to(int region);

 private:
  void close_down_to(size_t count);

  const Tape& tape_;
  TraceRecorder* const trace_;
  std::vector<int> open_;
};

}  // namespace vitrine::autograd
