#include "kernels/gemm.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/gemm.cc"
#include "kernels/cpu/targets.h"
// Keep this order: targets, then the loop over them, then Highway.
#include "hwy/foreach_target.h"

#include "hwy/highway.h"
#include "kernels/cpu/activation-inl.h"
#include "kernels/cpu/row_math-inl.h"
#include "kernels/cpu/select.h"

#ifndef VITRINE_GEMM_ONCE
#define VITRINE_GEMM_ONCE
namespace vitrine::kernels::cpu {
constexpr int64_t kPanelColumns = 32, kTileRows = 6, kBlockDepth = 256;
}
#endif

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels {
namespace HWY_NAMESPACE {

template <int kRows>
void Tile(const float* a, const float* b, int64_t depth, float* c) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(kFloats));
  for (int64_t column = 0; column < cpu::kPanelColumns; column += 2 * lanes) {
    auto s00 = hn::Zero(kFloats), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00, s40 = s00,
         s41 = s00, s50 = s00, s51 = s00;
    for (int64_t k = 0; k < depth; ++k) {
      const float* const pb = b + k * cpu::kPanelColumns + column;
      const float* const pa = a + k * cpu::kTileRows;
      const auto b0 = hn::LoadU(kFloats, pb), b1 = hn::LoadU(kFloats, pb + lanes);
      auto v = hn::Set(kFloats, pa[0]);
      s00 = hn::MulAdd(v, b0, s00); s01 = hn::MulAdd(v, b1, s01);
      v = hn::Set(kFloats, pa[1]);
      s10 = hn::MulAdd(v, b0, s10); s11 = hn::MulAdd(v, b1, s11);
      v = hn::Set(kFloats, pa[2]);
      s20 = hn::MulAdd(v, b0, s20); s21 = hn::MulAdd(v, b1, s21);
      v = hn::Set(kFloats, pa[3]);
      s30 = hn::MulAdd(v, b0, s30); s31 = hn::MulAdd(v, b1, s31);
      v = hn::Set(kFloats, pa[4]);
      s40 = hn::MulAdd(v, b0, s40); s41 = hn::MulAdd(v, b1, s41);
      v = hn::Set(kFloats, pa[5]);
      s50 = hn::MulAdd(v, b0, s50); s51 = hn::MulAdd(v, b1, s51);
    }
    float* const pc = c + column;
    constexpr int64_t n = cpu::kPanelColumns;
    hn::StoreU(s00, kFloats, pc); hn::StoreU(s01, kFloats, pc + lanes);
    hn::StoreU(s10, kFloats, pc + n); hn::StoreU(s11, kFloats, pc + n + lanes);
    hn::StoreU(s20, kFloats, pc + 2 * n); hn::StoreU(s21, kFloats, pc + 2 * n + lanes);
    hn::StoreU(s30, kFloats, pc + 3 * n); hn::StoreU(s31, kFloats, pc + 3 * n + lanes);
    hn::StoreU(s40, kFloats, pc + 4 * n); hn::StoreU(s41, kFloats, pc + 4 * n + lanes);
    hn::StoreU(s50, kFloats, pc + 5 * n); hn::StoreU(s51, kFloats, pc + 5 * n + lanes);
  }
}

void TileSix(const float* a, const float* b, int64_t depth, float* c) { Tile<6>(a, b, depth, c); }

void EpilogueRow(const GemmArgs& g, int64_t row, int64_t column, int64_t count) {
  float* const c = g.c + row * g.c_row_stride + column;
  if (g.bias) {
    ForLanes(count, [&](auto d, int64_t i, size_t n) HWY_ATTR {
      StoreLanes(d, hn::Add(LoadLanes(d, c + i, n), LoadLanes(d, g.bias + column + i, n)), c + i, n);
    });
  }
  if (g.pre_activation) std::memcpy(g.pre_activation + row * g.c_row_stride + column, c, static_cast<size_t>(count) * 4);
  if (g.activation != Activation::kNone)
    WithActivation(g.activation, [&](auto f) HWY_ATTR {
      ForLanes(count, [&](auto d, int64_t i, size_t n) HWY_ATTR { StoreLanes(d, f.Value(d, LoadLanes(d, c + i, n)), c + i, n); });
    });
  if (g.derivative_at)
    WithActivation(g.derivative_of, [&](auto f) HWY_ATTR {
      const float* const at = g.derivative_at + row * g.c_row_stride + column;
      ForLanes(count, [&](auto d, int64_t i, size_t n) HWY_ATTR {
        StoreLanes(d, hn::Mul(LoadLanes(d, c + i, n), f.Derivative(d, LoadLanes(d, at + i, n))), c + i, n);
      });
    });
  if (g.residual) {
    const float* const r = g.residual + row * g.residual_row_stride + column;
    ForLanes(count, [&](auto d, int64_t i, size_t n) HWY_ATTR {
      StoreLanes(d, hn::Add(LoadLanes(d, c + i, n), LoadLanes(d, r + i, n)), c + i, n);
    });
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace vitrine::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <vector>

#include "base/error.h"

namespace vitrine::kernels {

struct PackedMatrix::State {
  int64_t k, n;
  KernelSet set;
  std::vector<float> panels;
};

namespace {
using cpu::kBlockDepth;
using cpu::kPanelColumns;
using cpu::kTileRows;

void pack_b(const GemmMatrix& b, int64_t k0, int64_t depth, int64_t column, int64_t n, float* out) {
  const int64_t width = std::min(kPanelColumns, n - column);
  for (int64_t k = 0; k < depth; ++k)
    for (int64_t j = 0; j < kPanelColumns; ++j)
      out[k * kPanelColumns + j] = j < width ? b.data[(k0 + k) * b.row_stride + (column + j) * b.column_stride] : 0.0f;
}
}  // namespace

PackedMatrix::PackedMatrix(const KernelContext& context, const GemmMatrix& b, int64_t k, int64_t n)
    : state_(std::make_unique<State>(State{k, n, context.kernel_set, {}})) {
  const int64_t panels = (n + kPanelColumns - 1) / kPanelColumns;
  state_->panels.resize(static_cast<size_t>(panels * k * kPanelColumns));
  for (int64_t k0 = 0; k0 < k; k0 += kBlockDepth)
    for (int64_t p = 0; p < panels; ++p) {
      const int64_t depth = std::min(kBlockDepth, k - k0);
      pack_b(b, k0, depth, p * kPanelColumns, n, state_->panels.data() + k0 * panels * kPanelColumns + p * depth * kPanelColumns);
    }
}
PackedMatrix::~PackedMatrix() = default;
PackedMatrix::PackedMatrix(PackedMatrix&&) noexcept = default;
PackedMatrix& PackedMatrix::operator=(PackedMatrix&&) noexcept = default;
int64_t PackedMatrix::k() const { return state_->k; }
int64_t PackedMatrix::n() const { return state_->n; }
KernelSet PackedMatrix::kernel_set() const { return state_->set; }
int64_t PackedMatrix::num_bytes() const { return static_cast<int64_t>(state_->panels.size()) * 4; }

void gemm(const KernelContext& context, const GemmArgs& g) {
  const auto tile = VITRINE_KERNEL(context.kernel_set, TileSix);
  const auto epilogue = VITRINE_KERNEL(context.kernel_set, EpilogueRow);
  const ArenaScope scope(*context.arena);
  const int64_t panels = (g.n + kPanelColumns - 1) / kPanelColumns, tiles = (g.m + kTileRows - 1) / kTileRows;
  if (g.k == 0 && !g.accumulate)
    for (int64_t i = 0; i < g.m; ++i) std::fill_n(g.c + i * g.c_row_stride, g.n, 0.0f);
  float* const packed_b = g.packed_b ? nullptr : context.arena->floats(panels * kPanelColumns * kBlockDepth);
  float* const packed_a = context.arena->floats(tiles * kTileRows * kBlockDepth);
  for (int64_t k0 = 0; k0 < g.k; k0 += kBlockDepth) {
    const int64_t depth = std::min(kBlockDepth, g.k - k0);
    const float* b = packed_b;
    if (g.packed_b) b = g.packed_b->state().panels.data() + k0 * panels * kPanelColumns;
    else
      context.pool->parallel_for(panels, [&](int64_t p, int) {
        pack_b(g.b, k0, depth, p * kPanelColumns, g.n, packed_b + p * depth * kPanelColumns);
      });
    context.pool->parallel_for(tiles, [&](int64_t t, int) {
      float* const a = packed_a + t * kTileRows * depth;
      const int64_t rows = std::min(kTileRows, g.m - t * kTileRows);
      for (int64_t k = 0; k < depth; ++k)
        for (int64_t i = 0; i < kTileRows; ++i)
          a[k * kTileRows + i] = i < rows ? g.a.data[(t * kTileRows + i) * g.a.row_stride + (k0 + k) * g.a.column_stride] : 0.0f;
      alignas(64) float c[kTileRows * kPanelColumns];
      for (int64_t p = 0; p < panels; ++p) {
        tile(a, b + p * depth * kPanelColumns, depth, c);
        const int64_t columns = std::min(kPanelColumns, g.n - p * kPanelColumns);
        for (int64_t i = 0; i < rows; ++i) {
          float* const out = g.c + (t * kTileRows + i) * g.c_row_stride + p * kPanelColumns;
          const bool add = g.accumulate || k0 > 0;
          for (int64_t j = 0; j < columns; ++j)
            out[j] = add ? out[j] + g.alpha * c[i * kPanelColumns + j] : g.alpha * c[i * kPanelColumns + j];
        }
      }
    });
  }
  context.pool->parallel_for(tiles, [&](int64_t t, int) {
    for (int64_t i = t * kTileRows; i < std::min(g.m, (t + 1) * kTileRows); ++i) epilogue(g, i, 0, g.n);
  });
}

}  // namespace vitrine::kernels
#endif  // HWY_ONCE
