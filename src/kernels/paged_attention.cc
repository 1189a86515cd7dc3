#include "kernels/paged_attention.h"

#include <bit>
#include <cstring>

#include "base/error.h"
#include "core/blocks.h"
#include "kernels/cpu/attention.h"

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

}  // namespace

void paged_attention(const KernelContext& context, const PagedAttentionArgs& args) {
  const TraceScope scope(context.trace, "attention", [&] { return paged_work(args); });
  VITRINE_CHECK(context.device.kind == DeviceKind::kCpu, "paged attention: only the CPU has a body");
  VITRINE_CHECK(args.key_heads >= 1 && args.heads % args.key_heads == 0 && args.head_width >= 1 && args.window >= 0,
                "paged attention: a shape that cannot be");
  VITRINE_CHECK(args.k.dtype == args.v.dtype && args.k.row_elements == args.key_heads * args.head_width,
                "paged attention: pages that do not fit");
  VITRINE_CHECK(args.head_width % dtype_block_elements(args.k.dtype) == 0, "paged attention: heads of broken blocks");
  check_pages(args.k);
  check_pages(args.v);
  for (const PagedSequence& sequence : args.sequences)
    VITRINE_CHECK(sequence.queries >= 0 && sequence.queries <= sequence.keys, "paged attention: queries beyond keys");
  if (!args.sequences.empty()) cpu::paged_attention(context, args);
}

void write_page_rows(const KernelContext& context, const float* rows, std::span<const PageSlot> slots,
                     const PagedRows& pages) {
  const TraceScope scope(context.trace, "write to cache", [&] {
    return elementwise_work(static_cast<int64_t>(slots.size()) * pages.row_elements, 0, 2);
  });
  check_pages(pages);
  const auto width = static_cast<size_t>(pages.row_elements), bytes = static_cast<size_t>(pages.row_bytes());
  for (size_t i = 0; i < slots.size(); ++i) {
    std::byte* const to = pages.row(slots[i].page, slots[i].offset);
    if (pages.dtype == DType::kF32)
      std::memcpy(to, rows + i * width, bytes);
    else
      quantize(pages.dtype, {rows + i * width, width}, {to, bytes});
  }
}

}  // namespace vitrine::kernels
