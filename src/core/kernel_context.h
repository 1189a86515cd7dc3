// What a kernel is given besides its arguments: where it runs and with which instructions.
#pragma once

#include <optional>
#include <string_view>

#include "base/thread_pool.h"
#include "base/trace.h"
#include "core/memory.h"

namespace vitrine {

/// Families of instructions that kernels are compiled for. A run records its set; results may differ between sets. kAmx
/// is kAvx512 but for prompts, whose products with quantized weights tile registers take, and for attention: tile registers
/// take that of prompts, and the rest is in f32, which kAvx512 takes in pairs of bf16 where the processor has these.
enum class KernelSet { kPortable, kAvx2, kAvx512, kAmx, kNeon };

/// The set whose kernels a set takes for all that it has none of its own for.
constexpr KernelSet kernels_like(KernelSet set) { return set == KernelSet::kAmx ? KernelSet::kAvx512 : set; }

/// "portable", "avx2", "avx512", "amx", "neon".
std::string_view kernel_set_name(KernelSet set);
std::optional<KernelSet> kernel_set_from_name(std::string_view name);

/// How products with weights of fewer bits are computed: with x rounded to bytes, in integers, or with x and the
/// weights' values in f32; and whether attention may round what it multiplies to bf16.
enum class Precision { kFast, kExact };

enum class DeviceKind { kCpu, kCuda };
struct Device {
  DeviceKind kind = DeviceKind::kCpu;
  int index = 0;
};

/// Passed to every kernel. Borrowed parts outlive the call.
/// Threads: one context is used by one calling thread at a time.
struct KernelContext {
  ThreadPool* pool = nullptr;
  Arena* arena = nullptr;
  KernelSet kernel_set = KernelSet::kPortable;
  Precision precision = Precision::kFast;
  Device device = {};
  TraceRecorder* trace = nullptr;  ///< each kernel opens a TraceScope on it; null: nothing is recorded
};

}  // namespace vitrine
