#include "kernels/gemm_panels.h"

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

PackedMatrix::PackedMatrix(const KernelContext& context, const GemmMatrix& b, int64_t k, int64_t n) {
  VITRINE_CHECK(b.row_stride == 1 || b.column_stride == 1, "gemm: one of the strides has to be 1");
  const TraceScope scope(context.trace, "pack weights", [&] { return elementwise_work(k * n, 0, 2); });
  const cpu::GemmKernels& kernels = cpu::gemm_kernels(context.kernel_set);
  const int64_t num_panels = ceil_div(n, kernels.tile_columns), padded = num_panels * kernels.tile_columns;
  state_.reset(new State{k, n, context.kernel_set, Storage(static_cast<int64_t>(sizeof(float)) * k * padded)});
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
