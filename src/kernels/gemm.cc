// The loops around the micro-kernels: what is packed when, and who computes which part of c.
// Source of the blocking: Goto & van de Geijn 2008, doi:10.1145/1356052.1356053.
#include "kernels/gemm.h"

#include <algorithm>
#include <cstddef>
#include <functional>

#include "base/error.h"
#include "core/memory.h"
#include "kernels/cpu/gemm_kernels.h"

namespace vitrine::kernels {

struct PackedMatrix::State {
  int64_t k = 0, n = 0;
  KernelSet kernel_set = KernelSet::kPortable;
  Storage storage;

  const float* data() const { return reinterpret_cast<const float*>(storage.data()); }
};

namespace {

using cpu::GemmKernels;
using cpu::PackJob;
using cpu::TileOutput;

constexpr int64_t kSlackFloats = 16;

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

void check_strides(const GemmMatrix& matrix) {
  VITRINE_CHECK(matrix.row_stride == 1 || matrix.column_stride == 1, "gemm: one of the strides has to be 1");
}

/// Part `index` of `count` nearly equal parts of [0, size).
struct Range {
  int64_t begin = 0, end = 0;
  int64_t size() const { return end - begin; }
};
Range part(int64_t size, int64_t count, int64_t index) { return {size * index / count, size * (index + 1) / count}; }

/// The right-hand side as panels: block after block of k, in each block panel after panel.
struct PackedB {
  const float* data = nullptr;
  int64_t padded_columns = 0;

  const float* panel(int64_t k_before, int64_t k_count, int64_t column) const {
    return data + k_before * padded_columns + column * k_count;
  }
};

void pack_b_panels(const GemmKernels& kernels, const GemmMatrix& b, Range k, int64_t n, Range panels, float* target) {
  const int64_t width = kernels.tile_columns;
  for (int64_t first = panels.begin; first < panels.end; first += cpu::kMaxPanels) {
    const int64_t column = first * width;
    PackJob job{.source = b.data + k.begin * b.row_stride + column * b.column_stride,
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

/// One call of gemm.
class Product {
 public:
  Product(const KernelContext& context, const GemmArgs& args)
      : context_(context), args_(args), kernels_(cpu::gemm_kernels(context.kernel_set)) {}
  void run();

 private:
  /// A strip of c that one pass over packed operands computes.
  struct Pass {
    Range rows, columns, k;
    const float* a = nullptr;  // block after block of k, in each block panel after panel of rows
    PackedB b;
  };

  void run_epilogue_alone();
  void run_few_rows();
  void run_blocked();
  void prepare_partial_sums();
  bool is_worth_threads() const;
  void parallel(int64_t count, const std::function<void(int64_t, int)>& body);
  Range row_panel(Range rows, int64_t index) const;
  int64_t num_row_panels(Range rows) const { return ceil_div(rows.size(), kernels_.tile_rows); }
  void pack_a_panels(Range rows, Range k, Range panels, float* target) const;
  void pack_pass(const Pass& pass, float* a, float* b);
  void compute(const Pass& pass, Range row_panels, Range column_panels);
  void tile(const float* a, Range rows, const float* b, int64_t b_row_stride, int64_t column, Range k);

  const KernelContext& context_;
  const GemmArgs& args_;
  const GemmKernels& kernels_;
  float* partial_ = nullptr;  // where sums over blocks of k gather: c, unless the epilogue still needs what c holds
  int64_t partial_row_stride_ = 0;
  bool has_epilogue_ = false;
};

/// Row panels are nearly equal, so that none is so low that its product is bound by latency.
Range Product::row_panel(Range rows, int64_t index) const {
  const Range panel = part(rows.size(), num_row_panels(rows), index);
  return {rows.begin + panel.begin, rows.begin + panel.end};
}

void Product::pack_a_panels(Range rows, Range k, Range panels, float* target) const {
  const GemmMatrix& a = args_.a;
  for (int64_t first = panels.begin; first < panels.end; first += cpu::kMaxPanels) {
    const int64_t row = row_panel(rows, first).begin;
    PackJob job{.source = a.data + row * a.row_stride + k.begin * a.column_stride,
                .across_stride = a.row_stride,
                .k_stride = a.column_stride,
                .k_count = k.size(),
                .num_panels = static_cast<int>(std::min<int64_t>(panels.end - first, cpu::kMaxPanels))};
    for (int i = 0; i < job.num_panels; ++i) {
      const Range panel = row_panel(rows, first + i);
      job.start[i] = panel.begin - row;
      job.width[i] = job.stored_width[i] = static_cast<int>(panel.size());
      job.target[i] = target + (panel.begin - rows.begin) * k.size();
    }
    kernels_.pack(job);
  }
}

void Product::tile(const float* a, Range rows, const float* b, int64_t b_row_stride, int64_t column, Range k) {
  const int64_t tile_columns = kernels_.tile_columns;
  const int num_rows = static_cast<int>(rows.size());
  const auto multiply = kernels_.micro_kernels[num_rows];
  const bool is_first = k.begin == 0, is_last = k.end == args_.k;
  const bool adds = !is_first || args_.accumulate;
  const bool is_full = args_.n - column >= tile_columns;
  float* const c = args_.c + rows.begin * args_.c_row_stride + column;
  float* const partial = partial_ + rows.begin * partial_row_stride_ + column;
  if (is_full && args_.alpha == 1.0f && partial_ == args_.c && !(is_last && has_epilogue_))
    return multiply(k.size(), a, b, b_row_stride, c, args_.c_row_stride, adds);
  alignas(64) float sums[cpu::kMaxTileFloats];
  multiply(k.size(), a, b, b_row_stride, sums, tile_columns, false);
  TileOutput output{.args = &args_,
                    .row = rows.begin,
                    .column = column,
                    .rows = num_rows,
                    .columns = static_cast<int>(std::min(tile_columns, args_.n - column)),
                    .partial = is_last ? nullptr : partial,
                    .partial_row_stride = partial_row_stride_};
  if (adds) {
    output.previous = is_first ? c : partial;
    output.previous_row_stride = is_first ? args_.c_row_stride : partial_row_stride_;
  }
  kernels_.finish_tile(output, sums);
}

void Product::compute(const Pass& pass, Range row_panels, Range column_panels) {
  const int64_t tile_columns = kernels_.tile_columns;
  for (int64_t k = pass.k.begin; k < pass.k.end; k += kernels_.k_block) {
    const Range block{k, std::min(k + kernels_.k_block, pass.k.end)};
    const float* const a_block = pass.a + (k - pass.k.begin) * pass.rows.size();
    for (int64_t j = column_panels.begin; j < column_panels.end; ++j) {
      const int64_t column = j * tile_columns;
      const float* const b = pass.b.panel(k - pass.k.begin, block.size(), column);
      for (int64_t i = row_panels.begin; i < row_panels.end; ++i) {
        const Range rows = row_panel(pass.rows, i);
        tile(a_block + (rows.begin - pass.rows.begin) * block.size(), rows, b, tile_columns,
             pass.columns.begin + column, block);
      }
    }
  }
}

bool Product::is_worth_threads() const {
  if (context_.pool == nullptr || context_.pool->num_threads() == 1) return false;
  const double compute_ns = 2.0 * args_.m * args_.n * args_.k / 60;
  const double read_ns = 4.0 * (args_.n + args_.m) * args_.k / 20;
  return compute_ns + read_ns > 20'000;  // waking a thread that sleeps costs some 10 µs
}

void Product::parallel(int64_t count, const std::function<void(int64_t, int)>& body) {
  if (is_worth_threads()) return context_.pool->parallel_for(count, body);
  for (int64_t i = 0; i < count; ++i) body(i, 0);
}

/// Sums gather in c, except where several blocks of k would overwrite a residual that is read at the end.
void Product::prepare_partial_sums() {
  partial_ = args_.c;
  partial_row_stride_ = args_.c_row_stride;
  if (args_.k <= kernels_.k_block || args_.residual == nullptr) return;
  const float* const c_end = args_.c + (args_.m - 1) * args_.c_row_stride + args_.n;
  const float* const residual_end = args_.residual + (args_.m - 1) * args_.residual_row_stride + args_.n;
  const std::less<const float*> less;
  if (!less(args_.residual, c_end) || !less(args_.c, residual_end)) return;
  partial_ = context_.arena->floats(args_.m * args_.n);
  partial_row_stride_ = args_.n;
}

/// k = 0: every sum is 0.
void Product::run_epilogue_alone() {
  const int64_t tile_columns = kernels_.tile_columns;
  for (int64_t row = 0; row < args_.m; ++row) {
    for (int64_t column = 0; column < args_.n; column += tile_columns) {
      alignas(64) float sums[cpu::kMaxTileFloats] = {};
      const float* const c = args_.c + row * args_.c_row_stride + column;
      kernels_.finish_tile({.args = &args_,
                            .row = row,
                            .column = column,
                            .rows = 1,
                            .columns = static_cast<int>(std::min(tile_columns, args_.n - column)),
                            .previous = args_.accumulate ? c : nullptr,
                            .previous_row_stride = args_.c_row_stride},
                           sums);
    }
  }
}

/// a stays in the second-level cache whole; each job streams its own panels of b through, packing them on the way
/// where that has not been done.
void Product::run_few_rows() {
  const Range rows{0, args_.m};
  const int64_t num_column_panels = ceil_div(args_.n, kernels_.tile_columns);
  float* const a = context_.arena->floats(args_.m * args_.k + kSlackFloats);
  for (int64_t k = 0; k < args_.k; k += kernels_.k_block)
    pack_a_panels(rows, {k, std::min(k + kernels_.k_block, args_.k)}, {0, num_row_panels(rows)}, a + k * args_.m);

  Pass whole{.rows = rows, .columns = {0, args_.n}, .k = {0, args_.k}, .a = a, .b = {}};
  const int64_t panels_per_job = std::max<int64_t>(1, 128 / kernels_.tile_columns);
  const int64_t num_jobs = ceil_div(num_column_panels, panels_per_job);
  if (args_.packed_b) {
    whole.b = {args_.packed_b->state().data(), num_column_panels * kernels_.tile_columns};
    return parallel(num_jobs, [&](int64_t job, int) {
      compute(whole, {0, num_row_panels(rows)}, part(num_column_panels, num_jobs, job));
    });
  }
  const int64_t panel_floats =
      std::min(args_.k, kernels_.k_block) * panels_per_job * kernels_.tile_columns + kSlackFloats;
  const int num_threads = is_worth_threads() ? context_.pool->num_threads() : 1;
  float* const scratch = context_.arena->floats(num_threads * panel_floats);
  parallel(num_jobs, [&](int64_t job, int thread) {
    const Range panels = part(num_column_panels, num_jobs, job);
    float* const b = scratch + thread * panel_floats;
    Pass pass = whole;
    pass.columns.begin = panels.begin * kernels_.tile_columns;
    pass.b = {b, panels.size() * kernels_.tile_columns};
    for (int64_t k = 0; k < args_.k; k += kernels_.k_block) {
      pass.k = {k, std::min(k + kernels_.k_block, args_.k)};
      pass.a = a + k * args_.m;
      pack_b_panels(kernels_, args_.b, pass.k, args_.n, panels, b);
      compute(pass, {0, num_row_panels(rows)}, {0, panels.size()});
    }
  });
}

/// Packs the operands of a pass with all threads.
void Product::pack_pass(const Pass& pass, float* a, float* b) {
  const int64_t tile_columns = kernels_.tile_columns;
  const int64_t a_panels = num_row_panels(pass.rows), b_panels = ceil_div(pass.columns.size(), tile_columns);
  const int64_t a_groups = a ? ceil_div(a_panels, cpu::kMaxPanels) : 0;
  const int64_t b_groups = b ? ceil_div(b_panels, cpu::kMaxPanels / 2) : 0;
  const int64_t num_blocks = ceil_div(pass.k.size(), kernels_.k_block);
  parallel(num_blocks * (a_groups + b_groups), [&](int64_t chunk, int) {
    const int64_t k_before = chunk / (a_groups + b_groups) * kernels_.k_block;
    const Range k{pass.k.begin + k_before, std::min(pass.k.begin + k_before + kernels_.k_block, pass.k.end)};
    const int64_t group = chunk % (a_groups + b_groups);
    if (group < a_groups)
      return pack_a_panels(pass.rows, k, part(a_panels, a_groups, group), a + k_before * pass.rows.size());
    const Range panels = part(b_panels, b_groups, group - a_groups);
    GemmMatrix source = args_.b;
    source.data += pass.columns.begin * source.column_stride;
    pack_b_panels(kernels_, source, k, pass.columns.size(), panels,
                  b + k_before * pass.b.padded_columns + panels.begin * tile_columns * k.size());
  });
}

void Product::run_blocked() {
  const int64_t tile_columns = kernels_.tile_columns;
  const int64_t all_columns = ceil_div(args_.n, tile_columns) * tile_columns;
  // Packed operands of a pass stay in the third-level cache.
  constexpr int64_t kPassK = 1536, kPassRows = 2048, kPassColumns = 1536;
  constexpr int64_t kJobRows = 168;  // times k_block: half a second-level cache
  const int64_t k_step = std::min(args_.k, std::max(kernels_.k_block, kPassK / kernels_.k_block * kernels_.k_block));
  const int64_t row_step = ceil_div(args_.m, ceil_div(args_.m, kPassRows));
  const int64_t column_step =
      args_.packed_b ? all_columns : std::min(all_columns, kPassColumns / tile_columns * tile_columns);
  float* const a = context_.arena->floats(row_step * k_step + kSlackFloats);
  float* const b = args_.packed_b ? nullptr : context_.arena->floats(column_step * k_step + kSlackFloats);
  for (int64_t row = 0; row < args_.m; row += row_step) {
    for (int64_t column = 0; column < args_.n; column += column_step) {
      for (int64_t k = 0; k < args_.k; k += k_step) {
        Pass pass{.rows = {row, std::min(row + row_step, args_.m)},
                  .columns = {column, std::min(column + column_step, args_.n)},
                  .k = {k, std::min(k + k_step, args_.k)},
                  .a = a,
                  .b = {}};
        const int64_t column_panels = ceil_div(pass.columns.size(), tile_columns);
        pass.b = {b, column_panels * tile_columns};
        if (args_.packed_b) pass.b = {args_.packed_b->state().data() + k * all_columns, all_columns};
        const bool has_a = column > 0 && args_.k <= k_step;  // packed for the columns before
        pack_pass(pass, has_a ? nullptr : a, b);
        const int64_t row_panels = num_row_panels(pass.rows);
        const int64_t row_jobs = ceil_div(pass.rows.size(), kJobRows);
        const int64_t column_jobs = ceil_div(column_panels * tile_columns, 256);
        parallel(row_jobs * column_jobs, [&](int64_t job, int) {
          compute(pass, part(row_panels, row_jobs, job % row_jobs), part(column_panels, column_jobs, job / row_jobs));
        });
      }
    }
  }
}

void Product::run() {
  check_strides(args_.a);
  if (args_.packed_b == nullptr) check_strides(args_.b);
  VITRINE_CHECK(args_.packed_b == nullptr || (args_.packed_b->kernel_set() == context_.kernel_set &&
                                              args_.packed_b->k() == args_.k && args_.packed_b->n() == args_.n),
                "gemm: the packed matrix is of another kernel set or shape");
  if (args_.m == 0 || args_.n == 0) return;
  if (args_.k == 0) return run_epilogue_alone();
  has_epilogue_ = args_.bias || args_.pre_activation || args_.activation != Activation::kNone || args_.derivative_at ||
                  args_.residual;
  const ArenaScope scope(*context_.arena);
  prepare_partial_sums();
  constexpr int64_t kFewRows = 168;
  if (args_.m <= kFewRows) return run_few_rows();
  run_blocked();
}

}  // namespace

PackedMatrix::PackedMatrix(const KernelContext& context, const GemmMatrix& b, int64_t k, int64_t n) {
  check_strides(b);
  const GemmKernels& kernels = cpu::gemm_kernels(context.kernel_set);
  const int64_t num_panels = ceil_div(n, kernels.tile_columns), padded = num_panels * kernels.tile_columns;
  const auto num_bytes = static_cast<int64_t>(sizeof(float)) * k * padded;
  state_.reset(new State{k, n, context.kernel_set, Storage(num_bytes + kSlackFloats * 4)});
  float* const data = reinterpret_cast<float*>(state_->storage.data());
  constexpr int64_t kGroup = cpu::kMaxPanels / 2;
  const int64_t num_groups = ceil_div(num_panels, kGroup), num_blocks = ceil_div(k, kernels.k_block);
  const auto pack = [&](int64_t chunk, int) {
    const int64_t begin = chunk / num_groups * kernels.k_block;
    const Range block{begin, std::min(begin + kernels.k_block, k)};
    const Range panels = part(num_panels, num_groups, chunk % num_groups);
    float* const target = data + begin * padded + panels.begin * kernels.tile_columns * block.size();
    pack_b_panels(kernels, b, block, n, panels, target);
  };
  const int64_t num_chunks = num_groups * num_blocks;
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

void gemm(const KernelContext& context, const GemmArgs& args) { Product(context, args).run(); }

}  // namespace vitrine::kernels
