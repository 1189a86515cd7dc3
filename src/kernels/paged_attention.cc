#include "kernels/paged_attention.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/error.h"
#include "core/blocks.h"
#include "kernels/cpu/attention.h"
#include "kernels/narrow.h"
#include "kernels/quantized_gemm.h"

namespace vitrine::kernels {
namespace {

bool is_page_dtype(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16 || dtype == DType::kQ8_0;
}

void check_pages(const PagedRows& pages) {
  VITRINE_CHECK(is_page_dtype(pages.dtype), "paged attention: no such pages");
  VITRINE_CHECK(std::has_single_bit(static_cast<uint64_t>(pages.page_tokens)) && pages.page_tokens >= 4 &&
                    std::has_single_bit(static_cast<uint64_t>(pages.slab_pages)),
                "paged attention: sizes of pages and slabs are powers of two");
}

TraceWork paged_work(const PagedAttentionArgs& args) {
  double pairs = 0, keys = 0, rows = 0;
  for (const PagedSequence& sequence : args.sequences) {
    const AttentionShape shape{.queries = sequence.queries, .keys = sequence.keys, .window = args.window};
    int64_t first = sequence.keys;
    for (int64_t query = 0; query < sequence.queries; ++query) {
      const cpu::KeyRange visible = cpu::visible_keys(shape, 0, query);
      pairs += static_cast<double>(visible.end - visible.first);
      first = std::min(first, visible.first);
    }
    keys += static_cast<double>(sequence.keys - first);
    rows += static_cast<double>(sequence.queries);
  }
  const auto width = static_cast<double>(args.heads * args.head_width);
  return {.flops = 4 * pairs * width,
          .bytes = 8 * rows * width + 2 * keys * static_cast<double>(args.k.row_bytes()),
          .extents = {static_cast<int64_t>(args.sequences.size()), args.heads, static_cast<int64_t>(rows),
                      static_cast<int64_t>(keys)}};
}

/// Calls body(offset in the row, first offset in the page, bytes) for each element of a token; those of the page lie
/// page_tokens * bytes apart from those of the next.
template <typename Body>
void for_each_element(const PagedRows& pages, int64_t offset, const Body& body) {
  const int64_t tokens = pages.page_tokens;
  if (pages.dtype != DType::kQ8_0) {
    const int64_t bytes = storage_bytes(pages.dtype, 1);
    for (int64_t i = 0; i < pages.row_elements; ++i) body(i * bytes, (i * tokens + offset) * bytes, bytes);
    return;
  }
  constexpr int64_t kBlock = 32, kScaleBytes = 2, kBlockBytes = kScaleBytes + kBlock;
  for (int64_t block = 0; block < pages.row_elements / kBlock; ++block) {
    const int64_t from = block * kBlockBytes, to = from * tokens;
    body(from, to + offset * kScaleBytes, kScaleBytes);
    for (int64_t i = 0; i < kBlock; ++i)
      body(from + kScaleBytes + i, to + kScaleBytes * tokens + i * tokens + offset, int64_t{1});
  }
}

/// Elements of two bytes, each behind page_tokens others.
void spread_halves(const std::byte* halves, int64_t count, int64_t page_tokens, std::byte* to) {
  for (int64_t i = 0; i < count; ++i, to += 2 * page_tokens) std::memcpy(to, halves + 2 * i, 2);
}

/// quantize(), quicker where the type is f16.
void narrow(KernelSet set, DType dtype, std::span<const float> values, std::span<std::byte> blocks) {
  if (dtype == DType::kF16 && narrow_to_f16(set, values.data(), static_cast<int64_t>(values.size()),
                                            reinterpret_cast<uint16_t*>(blocks.data())))
    return;
  quantize(dtype, values, blocks);
}

void write_columns(KernelSet set, const float* row, const PageSlot& slot, const PagedRows& pages) {
  std::byte* const page = pages.page(slot.page);
  if (pages.dtype == DType::kF32) {
    float* to = reinterpret_cast<float*>(page) + slot.offset;
    for (int64_t i = 0; i < pages.row_elements; ++i, to += pages.page_tokens) *to = row[i];
    return;
  }
  constexpr int64_t kMost = 256;  // elements at once: whole blocks of every type
  alignas(8) std::byte bytes[kMost * sizeof(float)];
  PagedRows part = pages;
  for (int64_t first = 0; first < pages.row_elements; first += kMost) {
    part.row_elements = std::min(kMost, pages.row_elements - first);
    narrow(set, pages.dtype, {row + first, static_cast<size_t>(part.row_elements)},
           {bytes, static_cast<size_t>(part.row_bytes())});
    std::byte* const to = page + storage_bytes(pages.dtype, first) * pages.page_tokens;
    if (pages.dtype != DType::kQ8_0) {
      spread_halves(bytes, part.row_elements, pages.page_tokens, to + 2 * slot.offset);
      continue;
    }
    for_each_element(part, slot.offset, [&](int64_t from, int64_t at, int64_t count) {
      std::memcpy(to + at, bytes + from, static_cast<size_t>(count));
    });
  }
}

void write_row(KernelSet set, const float* row, const PageSlot& slot, const PagedRows& pages) {
  if (pages.are_columns) return write_columns(set, row, slot, pages);
  const auto elements = static_cast<size_t>(pages.head_elements()), bytes = static_cast<size_t>(pages.head_bytes());
  for (int64_t head = 0; head < pages.heads; ++head, row += elements) {
    std::byte* const to = pages.row(slot.page, head, slot.offset);
    if (pages.dtype == DType::kF32)
      std::memcpy(to, row, bytes);
    else
      narrow(set, pages.dtype, {row, elements}, {to, bytes});
  }
}

}  // namespace

void paged_attention(const KernelContext& context, const PagedAttentionArgs& args) {
  const TraceScope scope(context.trace, "attention", [&] { return paged_work(args); });
  VITRINE_CHECK(context.device.kind == DeviceKind::kCpu, "paged attention: only the CPU has a body");
  VITRINE_CHECK(args.key_heads >= 1 && args.heads % args.key_heads == 0 && args.head_width >= 1 && args.window >= 0,
                "paged attention: a shape that cannot be");
  VITRINE_CHECK(args.k.dtype == args.v.dtype && args.k.row_elements == args.key_heads * args.head_width &&
                    args.v.row_elements == args.k.row_elements && args.v.heads == args.key_heads,
                "paged attention: pages that do not fit");
  VITRINE_CHECK(args.k.are_columns && !args.v.are_columns, "paged attention: keys are columns and values rows");
  VITRINE_CHECK(args.head_width % dtype_block_elements(args.k.dtype) == 0, "paged attention: heads of broken blocks");
  check_pages(args.k);
  check_pages(args.v);
  for (const PagedSequence& sequence : args.sequences)
    VITRINE_CHECK(sequence.queries >= 0 && sequence.queries <= sequence.keys, "paged attention: queries beyond keys");
  if (args.sequences.empty()) return;
  PagedAttentionArgs known = args;
  if (!attends_to_prompts_otherwise(context, args.k.dtype)) known.prompt_rows = 0;
  cpu::paged_attention(context, known);
}

bool attends_to_prompts_otherwise(const KernelContext& context, DType pages) {
  return pages != DType::kF32 && reads_prompts_otherwise(context);
}

bool attends_in_pairs([[maybe_unused]] const KernelContext& context, [[maybe_unused]] DType pages) {
#if defined(__x86_64__)
  return pages != DType::kF32 && context.kernel_set == KernelSet::kAvx512 && context.precision == Precision::kFast &&
         __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

void write_page_rows(const KernelContext& context, const float* rows, std::span<const PageSlot> slots,
                     const PagedRows& pages) {
  const TraceScope scope(context.trace, "write to cache", [&] {
    return elementwise_work(static_cast<int64_t>(slots.size()) * pages.row_elements, 0, 2);
  });
  check_pages(pages);
  const auto count = static_cast<int64_t>(slots.size());
  const auto write_some = [&](int64_t first, int64_t end) {
    for (int64_t i = first; i < end; ++i)
      write_row(context.kernel_set, rows + i * pages.row_elements, slots[static_cast<size_t>(i)], pages);
  };
  // Tokens of a page share its lines where they are columns: one thread writes about as many as a page has.
  constexpr int64_t kRowsAtOnce = 16, kWorthThreads = 32768;
  if (context.pool == nullptr || count * pages.row_elements < kWorthThreads) return write_some(0, count);
  context.pool->parallel_for((count + kRowsAtOnce - 1) / kRowsAtOnce, [&](int64_t chunk, int) {
    write_some(chunk * kRowsAtOnce, std::min(count, (chunk + 1) * kRowsAtOnce));
  });
}

void read_page_row(const PagedRows& pages, const PageSlot& slot, std::byte* row) {
  const std::byte* const page = pages.page(slot.page);
  if (!pages.are_columns) {
    for (int64_t head = 0; head < pages.heads; ++head, row += pages.head_bytes())
      std::memcpy(row, pages.row(slot.page, head, slot.offset), static_cast<size_t>(pages.head_bytes()));
    return;
  }
  for_each_element(pages, slot.offset, [&](int64_t from, int64_t at, int64_t count) {
    std::memcpy(row + from, page + at, static_cast<size_t>(count));
  });
}

}  // namespace vitrine::kernels
