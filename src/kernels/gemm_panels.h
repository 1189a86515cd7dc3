// How gemm cuts its operands: row panels of a, column panels of b, blocks of k; and their packing.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/memory.h"
#include "kernels/cpu/gemm_kernels.h"
#include "kernels/gemm.h"

namespace vitrine::kernels {

inline int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

struct Range {
  int64_t begin = 0, end = 0;
  int64_t size() const { return end - begin; }
};

/// Part `index` of `count` nearly equal parts of [0, size).
inline Range part(int64_t size, int64_t count, int64_t index) {
  return {size * index / count, size * (index + 1) / count};
}

/// Rows of a as panels: nearly equal, so that none is so low that its product is bound by latency.
class RowPanels {
 public:
  RowPanels(Range rows, int64_t tile_rows)
      : first_row_(rows.begin),
        count_(ceil_div(rows.size(), tile_rows)),
        low_(rows.size() / count_),
        num_higher_(rows.size() % count_) {}

  int64_t count() const { return count_; }
  Range operator[](int64_t index) const { return {begin(index), begin(index + 1)}; }

 private:
  int64_t begin(int64_t index) const { return first_row_ + index * low_ + std::min(index, num_higher_); }

  int64_t first_row_, count_, low_, num_higher_;
};

/// Blocks of k: nearly equal, and fixed by k alone, since sums are taken block by block.
class KBlocks {
 public:
  KBlocks(int64_t k, int64_t largest) : k_(k), step_(k == 0 ? 1 : (ceil_div(k, ceil_div(k, largest)) + 7) / 8 * 8) {}

  int64_t step() const { return step_; }
  int64_t count() const { return ceil_div(k_, step_); }
  Range operator[](int64_t index) const { return {index * step_, std::min((index + 1) * step_, k_)}; }

 private:
  int64_t k_, step_;
};

/// Packs the panels of `rows` with indices `panels` over k, one after the other.
void pack_a_panels(const cpu::GemmKernels& kernels, const GemmMatrix& a, const RowPanels& rows, Range k, Range panels,
                   float* target);

/// Packs the column panels with indices `panels` of b [.,n] over k, one after the other.
void pack_b_panels(const cpu::GemmKernels& kernels, const GemmMatrix& b, int64_t n, Range k, Range panels,
                   float* target);

/// Floats of scratch that pack_stored_panels needs for blocks of k of at most `k_step`.
int64_t stored_panel_floats(const cpu::GemmKernels& kernels, const StoredMatrix& b, bool is_transposed, int64_t k_step);

/// pack_b_panels for b in stored form, from its column `first_column` on.
void pack_stored_panels(const cpu::GemmKernels& kernels, const StoredMatrix& b, bool is_transposed,
                        int64_t first_column, int64_t n, Range k, Range panels, float* scratch, float* target);

/// The data of a packed matrix: block after block of k, in each block panel after panel.
struct PackedMatrix::State {
  int64_t k = 0, n = 0;
  KernelSet kernel_set = KernelSet::kPortable;
  cpu::PanelElement element = cpu::PanelElement::kF32;
  Storage storage;
};

}  // namespace vitrine::kernels
