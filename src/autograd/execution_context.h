// What an op is given: kernels' context, the tape (or none), random numbers and taps.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "autograd/parameter.h"
#include "core/kernel_context.h"
#include "core/rng.h"
#include "core/tensor.h"

namespace vitrine::autograd {

class Tape;

/// Called at named points of the computation ("block.attention.out", layer) with the tensor there; it may write to it.
using Tap = std::function<void(std::string_view point, int layer, const Tensor& tensor)>;

/// Gradients of parameters that one pass gathers apart from the parameters' own slots, so that passes may run at the
/// same time. Threads: one pass at a time.
class GradientSet {
 public:
  GradientSlot& slot(const Parameter& parameter) { return slots_[&parameter]; }
  /// Forgets the values but keeps their memory.
  void clear();

 private:
  std::unordered_map<const Parameter*, GradientSlot> slots_;
};

/// Adds to y [...,N] what adapters make of x [...,K] beside a linear map with that weight.
using LinearAdapters =
    std::function<void(struct ExecutionContext& context, const Parameter& weight, const Tensor& x, const Tensor& y)>;

/// Passed to every op by reference. Ops read `kernels` as they please and record on `tape` when there is one.
struct ExecutionContext {
  KernelContext kernels;
  Tape* tape = nullptr;      ///< null: nothing is recorded and nothing saved
  bool training = false;     ///< dropout drops; on in recorded and in recomputed passes alike
  RngKey rng = {};           ///< seed and step of this pass; ops add their own stream
  uint32_t next_stream = 0;  ///< handed out in call order, which is the same in every run
  Tap tap = {};
  int64_t prompt_rows = 0;   ///< of a pass, its first: their products may be rounded otherwise; inference only
  LinearAdapters adapt = {};         ///< called by modules behind their linear maps; inference only
  GradientSet* gradients = nullptr;  ///< null: gradients of parameters go to the parameters' own slots

  /// Where the gradient of a parameter is gathered.
  GradientSlot& gradient_of(const Parameter& parameter) const {
    return gradients ? gradients->slot(parameter) : *parameter.gradient;
  }
  bool recording() const { return tape != nullptr; }
};

/// The steps of a recorded computation, to be walked backwards once.
class Tape {
 public:
  /// `backward` reads the gradient of the op's output and writes those of its inputs.
  void record(std::function<void(ExecutionContext&)> backward) {
    nodes_.push_back({std::move(backward), operation_, detail_, region_});
  }

  /// Runs the recorded steps from last to first, freeing each as it is done. Nothing is recorded meanwhile.
  void run_backward(ExecutionContext& context);
  bool empty() const { return nodes_.empty(); }

 private:
  friend class TracedOperation;
  friend class TracedRegion;
  struct Node {
    std::function<void(ExecutionContext&)> backward;
    const char* operation;
    std::string_view detail;
    int region;
  };
  struct Region {
    const char* name;
    int64_t index;
    int outer;
  };
  class BackwardRegions;

  std::vector<Node> nodes_;
  // For traces: what is recorded now belongs to. Without one nothing of it changes.
  std::vector<Region> regions_;
  int region_ = -1;
  const char* operation_ = nullptr;
  std::string_view detail_ = {};
};

/// Owns what a KernelContext borrows.
class Runtime {
 public:
  /// `num_threads` 0 means one per processor. What runs is recorded on `trace`, which outlives the runtime; null:
  /// nothing is. Errors: kUnsupported for a kernel set that is not there.
  explicit Runtime(int num_threads = 0, std::string_view kernel_set = "", TraceRecorder* trace = nullptr);
  KernelContext kernel_context() const;
  ExecutionContext execution_context() const;
  int num_threads() const { return pool_->num_threads(); }
  KernelSet kernel_set() const { return kernel_set_; }
  TraceRecorder* trace() const { return trace_; }
  /// For contexts that are handed out from now on. The default is fast.
  void set_precision(Precision precision) { precision_ = precision; }

 private:
  std::unique_ptr<ThreadPool> pool_;
  std::unique_ptr<Arena> arena_;
  KernelSet kernel_set_;
  Precision precision_ = Precision::kFast;
  TraceRecorder* trace_;
};

}  // namespace vitrine::autograd
