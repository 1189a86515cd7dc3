#include "kernels/gemm_panels.h"

#include <cstring>

#include "base/error.h"

namespace vitrine::kernels {

void pack_a_panels(const cpu::GemmKernels& kernels, const GemmMatrix& a, const RowPanels& rows, Range k, Range panels,
                   float* target) {
  for (int64_t first = panels.begin; first < panels.end; first += cpu::kMaxPanels) {
    const int64_t row = rows[first].begin;
    cpu::PackJob job{.source = a.data + row * a.row_stride + k.begin * a.column_stride,
                     .across_stride = a.row_stride,
                     .k_stride = a.column_stride,
                     .k_count = k.size(),
                     .num_panels = static_cast<int>(std::min<int64_t>(panels.end - first, cpu::kMaxPanels))};
    for (int i = 0; i < job.num_panels; ++i) {
      const Range panel = rows[first + i];
      job.start[i] = panel.begin - row;
      job.width[i] = job.stored_width[i] = static_cast<int>(panel.size());
      job.target[i] = target + (panel.begin - rows[panels.begin].begin) * k.size();
    }
    kernels.pack(job);
  }
}

void pack_b_panels(const cpu::GemmKernels& kernels, const GemmMatrix& b, int64_t n, Range k, Range panels,
                   float* target) {
  const int64_t width = kernels.tile_columns;
  for (int64_t first = panels.begin; first < panels.end; first += cpu::kMaxPanels) {
    const int64_t column = first * width;
    cpu::PackJob job{.source = b.data + k.begin * b.row_stride + column * b.column_stride,
                     .across_stride = b.column_stride,
                     .k_stride = b.row_stride,
                     .k_count = k.size(),
                     .num_panels = static_cast<int>(std::min<int64_t>(panels.end - first, cpu::kMaxPanels))};
    for (int i = 0; i < job.num_panels; ++i) {
      job.start[i] = i * width;
      job.width[i] = static_cast<int>(std::min(width, n - column - job.start[i]));
      job.stored_width[i] = static_cast<int>(width);
      job.target[i] = target + (column - panels.begin * width + job.start[i]) * k.size();
    }
    kernels.pack(job);
  }
}

int64_t stored_panel_floats(const cpu::GemmKernels& kernels, const StoredMatrix& b, bool is_transposed,
                            int64_t k_step) {
  const int64_t spare = 2 * dtype_block_elements(b.dtype), width = kernels.tile_columns;
  return is_transposed ? width * (k_step + spare) : (width + spare) * k_step;
}

/// One panel after the other: its part of b, widened to whole blocks, is turned into f32 and packed as any other b.
void pack_stored_panels(const cpu::GemmKernels& kernels, const StoredMatrix& b, bool is_transposed,
                        int64_t first_column, int64_t n, Range k, Range panels, float* scratch, float* target) {
  const int64_t width = kernels.tile_columns, block = dtype_block_elements(b.dtype);
  const auto widened = [&](Range range) {
    return Range{range.begin / block * block, std::min(b.k, ceil_div(range.end, block) * block)};
  };
  for (int64_t panel = panels.begin; panel < panels.end; ++panel, target += width * k.size()) {
    const int64_t columns = std::min(width, n - panel * width), column = first_column + panel * width;
    GemmMatrix part;
    if (is_transposed) {
      const Range along = widened(k);
      dequantize_part(b, column, column + columns, along.begin, along.end, scratch, along.size());
      part = {.data = scratch + (k.begin - along.begin), .row_stride = 1, .column_stride = along.size()};
    } else {
      const Range across = widened({column, column + columns});
      dequantize_part(b, k.begin, k.end, across.begin, across.end, scratch, across.size());
      part = {.data = scratch + (column - across.begin), .row_stride = across.size()};
    }
    pack_b_panels(kernels, part, columns, {0, k.size()}, {0, 1}, target);
  }
}

namespace {

/// One panel over a block of k: for each k the elements of `width` rows of the weight, zeros behind its last row.
void pack_16_bit_panel(const StoredMatrix& weight, int64_t first_row, int64_t width, Range k, uint16_t* target) {
  const int64_t rows = std::min(width, weight.n - first_row);
  if (rows < width) std::fill_n(target, width * k.size(), uint16_t{0});
  constexpr int64_t kTogether = 32;  // of k: the lines of the panel that are written stay in the first-level cache
  for (int64_t begin = k.begin; begin < k.end; begin += kTogether) {
    const int64_t count = std::min(kTogether, k.end - begin);
    uint16_t* const part = target + (begin - k.begin) * width;
    for (int64_t row = 0; row < rows; ++row) {
      uint16_t values[kTogether];
      std::memcpy(values, weight.row(first_row + row) + begin * 2, static_cast<size_t>(count) * 2);
      for (int64_t i = 0; i < count; ++i) part[i * width + row] = values[i];
    }
  }
}

}  // namespace

PackedMatrix::PackedMatrix(const KernelContext& context, const StoredMatrix& weight) {
  VITRINE_CHECK(weight.dtype == DType::kF16 || weight.dtype == DType::kBF16,
                "gemm: packs weights of 16 bits as they are");
  const TraceScope scope(context.trace, "pack weights", [&] { return elementwise_work(weight.k * weight.n, 0, 1); });
  const cpu::GemmKernels& kernels = cpu::gemm_kernels(context.kernel_set);
  const int64_t width = kernels.tile_columns, num_panels = ceil_div(weight.n, width), padded = num_panels * width;
  state_.reset(new State{weight.k, weight.n, context.kernel_set,
                         weight.dtype == DType::kF16 ? cpu::PanelElement::kF16 : cpu::PanelElement::kBF16,
                         Storage(2 * weight.k * padded)});
  auto* const data = reinterpret_cast<uint16_t*>(state_->storage.data());
  const KBlocks blocks(weight.k, kernels.k_block);
  const auto pack = [&](int64_t panel, int) {
    for (int64_t i = 0; i < blocks.count(); ++i) {
      const Range block = blocks[i];
      pack_16_bit_panel(weight, panel * width, width, block,
                        data + block.begin * padded + panel * width * block.size());
    }
  };
  if (context.pool)
    context.pool->parallel_for(num_panels, pack);
  else
    for (int64_t panel = 0; panel < num_panels; ++panel) pack(panel, 0);
}

PackedMatrix::PackedMatrix(const KernelContext& context, const GemmMatrix& b, int64_t k, int64_t n) {
  VITRINE_CHECK(b.row_stride == 1 || b.column_stride == 1, "gemm: one of the strides has to be 1");
  const TraceScope scope(context.trace, "pack weights", [&] { return elementwise_work(k * n, 0, 2); });
  const cpu::GemmKernels& kernels = cpu::gemm_kernels(context.kernel_set);
  const int64_t num_panels = ceil_div(n, kernels.tile_columns), padded = num_panels * kernels.tile_columns;
  state_.reset(new State{k, n, context.kernel_set, cpu::PanelElement::kF32,
                         Storage(static_cast<int64_t>(sizeof(float)) * k * padded)});
  float* const data = reinterpret_cast<float*>(state_->storage.data());
  const KBlocks blocks(k, kernels.k_block);
  constexpr int64_t kPanelsPerChunk = 8;
  const int64_t num_groups = ceil_div(num_panels, kPanelsPerChunk), num_chunks = num_groups * blocks.count();
  const auto pack = [&](int64_t chunk, int) {
    const Range block = blocks[chunk / num_groups];
    const Range panels = part(num_panels, num_groups, chunk % num_groups);
    float* const target = data + block.begin * padded + panels.begin * kernels.tile_columns * block.size();
    pack_b_panels(kernels, b, n, block, panels, target);
  };
  if (context.pool)
    context.pool->parallel_for(num_chunks, pack);
  else
    for (int64_t chunk = 0; chunk < num_chunks; ++chunk) pack(chunk, 0);
}

PackedMatrix::~PackedMatrix() = default;
PackedMatrix::PackedMatrix(PackedMatrix&&) noexcept = default;
PackedMatrix& PackedMatrix::operator=(PackedMatrix&&) noexcept = default;

int64_t PackedMatrix::k() const { return state_->k; }
int64_t PackedMatrix::n() const { return state_->n; }
KernelSet PackedMatrix::kernel_set() const { return state_->kernel_set; }
int64_t PackedMatrix::num_bytes() const { return state_->storage.num_bytes(); }

}  // namespace vitrine::kernels
