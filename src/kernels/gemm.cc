// The loops around the micro-kernels: what is packed when, and who computes which part of c.
// Source of the blocking: Goto & van de Geijn 2008, doi:10.1145/1356052.1356053.
#include "kernels/gemm.h"

#include <algorithm>
#include <functional>

#include "base/error.h"
#include "kernels/gemm_panels.h"

namespace vitrine::kernels {
namespace {

using cpu::GemmKernels;

void check_strides(const GemmMatrix& matrix) {
  VITRINE_CHECK(matrix.row_stride == 1 || matrix.column_stride == 1, "gemm: one of the strides has to be 1");
}

/// One call of gemm.
class Product {
 public:
  Product(const KernelContext& context, const GemmArgs& args);
  void run();

 private:
  /// A part of c, over a range of whole blocks of k, with packed operands that begin where it begins.
  struct Pass {
    RowPanels rows;
    Range columns, k;
    const float* a = nullptr;  // block after block of k, in each block panel after panel
    int64_t a_rows = 0;
    const float* b = nullptr;
    int64_t b_columns = 0;  // padded to whole panels
  };

  void run_epilogue_alone();
  void run_few_rows();
  void run_blocked();
  void run_pass(const Pass& pass, float* a, float* b);
  void prepare_partial_sums();
  bool is_worth_threads() const;
  void parallel(int64_t count, const std::function<void(int64_t, int)>& body);
  void compute(const Pass& pass, Range row_panels, Range column_panels);
  void tile(const float* a, Range rows, const float* b, int64_t column, Range k);
  Range k_block(int64_t k) const { return {k, std::min(k + blocks_.step(), args_.k)}; }

  const KernelContext& context_;
  const GemmArgs& args_;
  const GemmKernels& kernels_;
  const int64_t tile_columns_;
  const KBlocks blocks_;
  float* partial_ = nullptr;  // where sums over blocks of k gather: c, unless the epilogue still needs what c holds
  int64_t partial_row_stride_ = 0;
  bool has_epilogue_ = false;
};

Product::Product(const KernelContext& context, const GemmArgs& args)
    : context_(context),
      args_(args),
      kernels_(cpu::gemm_kernels(context.kernel_set)),
      tile_columns_(kernels_.tile_columns),
      blocks_(args.k, kernels_.k_block) {
  check_strides(args.a);
  if (args.packed_b == nullptr) check_strides(args.b);
  VITRINE_CHECK(args.packed_b == nullptr || (args.packed_b->kernel_set() == context.kernel_set &&
                                             args.packed_b->k() == args.k && args.packed_b->n() == args.n),
                "gemm: the packed matrix is of another kernel set or shape");
  has_epilogue_ = args.bias || args.pre_activation || args.activation != Activation::kNone || args.derivative_at ||
                  args.residual || args.alpha != 1.0f;
}

void Product::tile(const float* a, Range rows, const float* b, int64_t column, Range k) {
  const auto multiply = kernels_.micro_kernels[rows.size()];
  const bool is_first = k.begin == 0, is_last = k.end == args_.k;
  const bool adds = !is_first || args_.accumulate;
  float* const c = args_.c + rows.begin * args_.c_row_stride + column;
  const int64_t columns = std::min(tile_columns_, args_.n - column);
  const bool is_plain = partial_ == args_.c && !(has_epilogue_ && (is_last || args_.alpha != 1.0f));
  if (is_plain && columns == tile_columns_) return multiply(k.size(), a, b, tile_columns_, c, args_.c_row_stride, adds);
  alignas(64) float sums[cpu::kMaxTileFloats];
  multiply(k.size(), a, b, tile_columns_, sums, tile_columns_, false);
  float* const partial = partial_ + rows.begin * partial_row_stride_ + column;
  cpu::TileOutput output{.args = &args_,
                         .row = rows.begin,
                         .column = column,
                         .rows = static_cast<int>(rows.size()),
                         .columns = static_cast<int>(columns),
                         .partial = is_last ? nullptr : partial,
                         .partial_row_stride = partial_row_stride_};
  if (adds) {
    output.previous = is_first ? c : partial;
    output.previous_row_stride = is_first ? args_.c_row_stride : partial_row_stride_;
  }
  kernels_.finish_tile(output, sums);
}

/// A panel of b stays in the first-level cache while the row panels, in the second level, go by.
void Product::compute(const Pass& pass, Range row_panels, Range column_panels) {
  for (int64_t k = pass.k.begin; k < pass.k.end; k += blocks_.step()) {
    const Range block = k_block(k);
    const float* const a = pass.a + (k - pass.k.begin) * pass.a_rows;
    const float* const b = pass.b + (k - pass.k.begin) * pass.b_columns;
    for (int64_t j = column_panels.begin; j < column_panels.end; ++j) {
      const int64_t column = j * tile_columns_;
      for (int64_t i = row_panels.begin; i < row_panels.end; ++i) {
        const Range rows = pass.rows[i];
        tile(a + (rows.begin - pass.rows[0].begin) * block.size(), rows, b + column * block.size(),
             pass.columns.begin + column, block);
      }
    }
  }
}

bool Product::is_worth_threads() const {
  if (context_.pool == nullptr || context_.pool->num_threads() == 1) return false;
  const double compute_ns = 2.0 * static_cast<double>(args_.m * args_.n * args_.k) / 60;
  const double read_ns = 4.0 * static_cast<double>((args_.n + args_.m) * args_.k) / 20;
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
  if (blocks_.count() == 1 || args_.residual == nullptr) return;
  const float* const c_end = args_.c + (args_.m - 1) * args_.c_row_stride + args_.n;
  const float* const residual_end = args_.residual + (args_.m - 1) * args_.residual_row_stride + args_.n;
  const std::less<const float*> less;
  if (!less(args_.residual, c_end) || !less(args_.c, residual_end)) return;
  partial_ = context_.arena->floats(args_.m * args_.n);
  partial_row_stride_ = args_.n;
}

/// k = 0: every sum is 0.
void Product::run_epilogue_alone() {
  for (int64_t row = 0; row < args_.m; ++row) {
    for (int64_t column = 0; column < args_.n; column += tile_columns_) {
      alignas(64) float sums[cpu::kMaxTileFloats] = {};
      const float* const c = args_.c + row * args_.c_row_stride + column;
      kernels_.finish_tile({.args = &args_,
                            .row = row,
                            .column = column,
                            .rows = 1,
                            .columns = static_cast<int>(std::min(tile_columns_, args_.n - column)),
                            .previous = args_.accumulate ? c : nullptr,
                            .previous_row_stride = args_.c_row_stride},
                           sums);
    }
  }
}

/// All of a stays in the second-level cache; each job streams its own panels of b through, packing them on the way
/// where that has not been done.
void Product::run_few_rows() {
  const RowPanels rows({0, args_.m}, kernels_.tile_rows);
  const int64_t num_column_panels = ceil_div(args_.n, tile_columns_);
  float* const a = context_.arena->floats(args_.m * args_.k);
  for (int64_t i = 0; i < blocks_.count(); ++i)
    pack_a_panels(kernels_, args_.a, rows, blocks_[i], {0, rows.count()}, a + blocks_[i].begin * args_.m);
  const int64_t panels_per_job = std::max<int64_t>(1, 128 / tile_columns_);
  const int64_t num_jobs = ceil_div(num_column_panels, panels_per_job);
  if (args_.packed_b) {
    const Pass pass{.rows = rows,
                    .columns = {0, args_.n},
                    .k = {0, args_.k},
                    .a = a,
                    .a_rows = args_.m,
                    .b = args_.packed_b->state().data(),
                    .b_columns = num_column_panels * tile_columns_};
    return parallel(num_jobs, [&](int64_t job, int) {
      compute(pass, {0, rows.count()}, part(num_column_panels, num_jobs, job));
    });
  }
  const int64_t panel_floats = blocks_.step() * panels_per_job * tile_columns_;
  const int num_threads = is_worth_threads() ? context_.pool->num_threads() : 1;
  float* const scratch = context_.arena->floats(num_threads * panel_floats);
  parallel(num_jobs, [&](int64_t job, int thread) {
    const Range panels = part(num_column_panels, num_jobs, job);
    const int64_t column = panels.begin * tile_columns_;
    float* const b = scratch + thread * panel_floats;
    for (int64_t i = 0; i < blocks_.count(); ++i) {
      const Range block = blocks_[i];
      pack_b_panels(kernels_, args_.b, args_.n, block, panels, b - column * block.size());
      compute({.rows = rows,
               .columns = {column, args_.n},
               .k = block,
               .a = a + block.begin * args_.m,
               .a_rows = args_.m,
               .b = b,
               .b_columns = 0},
              {0, rows.count()}, {0, panels.size()});
    }
  });
}

/// Packs what is not packed yet (a, b are null otherwise), then computes, each with all threads.
void Product::run_pass(const Pass& pass, float* a, float* b) {
  const int64_t row_panels = pass.rows.count(), column_panels = ceil_div(pass.columns.size(), tile_columns_);
  const int64_t a_groups = a ? ceil_div(row_panels, cpu::kMaxPanels) : 0;
  const int64_t b_groups = b ? ceil_div(column_panels, cpu::kMaxPanels / 2) : 0;
  GemmMatrix b_source = args_.b;
  if (b) b_source.data += pass.columns.begin * b_source.column_stride;
  parallel(ceil_div(pass.k.size(), blocks_.step()) * (a_groups + b_groups), [&](int64_t chunk, int) {
    const int64_t k_before = chunk / (a_groups + b_groups) * blocks_.step();
    const Range block = k_block(pass.k.begin + k_before);
    const int64_t group = chunk % (a_groups + b_groups);
    if (group < a_groups)
      return pack_a_panels(kernels_, args_.a, pass.rows, block, part(row_panels, a_groups, group),
                           a + k_before * pass.a_rows);
    pack_b_panels(kernels_, b_source, pass.columns.size(), block, part(column_panels, b_groups, group - a_groups),
                  b + k_before * pass.b_columns);
  });
  constexpr int64_t kJobRows = 168;  // times a block of k: half a second-level cache
  constexpr int64_t kJobColumns = 512;
  const int64_t row_jobs = ceil_div(pass.a_rows, kJobRows);
  const int64_t column_jobs = ceil_div(pass.columns.size(), kJobColumns);
  parallel(row_jobs * column_jobs, [&](int64_t job, int) {
    compute(pass, part(row_panels, row_jobs, job % row_jobs), part(column_panels, column_jobs, job / row_jobs));
  });
}

/// The packed operands of a pass stay in the third-level cache.
void Product::run_blocked() {
  constexpr int64_t kPassK = 1536, kPassRows = 2048, kPassColumns = 1536;
  const int64_t padded_columns = ceil_div(args_.n, tile_columns_) * tile_columns_;
  const int64_t k_step = std::max<int64_t>(1, kPassK / blocks_.step()) * blocks_.step();
  const int64_t row_step = ceil_div(args_.m, ceil_div(args_.m, kPassRows));
  const int64_t column_step =
      args_.packed_b ? padded_columns : std::min(padded_columns, kPassColumns / tile_columns_ * tile_columns_);
  float* const a = context_.arena->floats(row_step * k_step);
  float* const b = args_.packed_b ? nullptr : context_.arena->floats(column_step * k_step);
  for (int64_t row = 0; row < args_.m; row += row_step) {
    for (int64_t column = 0; column < args_.n; column += column_step) {
      for (int64_t k = 0; k < args_.k; k += k_step) {
        const Range rows{row, std::min(row + row_step, args_.m)};
        const Range columns{column, std::min(column + column_step, args_.n)};
        const bool has_a = column > 0 && args_.k <= k_step;  // packed for the columns before
        run_pass({.rows = RowPanels(rows, kernels_.tile_rows),
                  .columns = columns,
                  .k = {k, std::min(k + k_step, args_.k)},
                  .a = a,
                  .a_rows = rows.size(),
                  .b = b ? b : args_.packed_b->state().data() + k * padded_columns,
                  .b_columns = ceil_div(columns.size(), tile_columns_) * tile_columns_},
                 has_a ? nullptr : a, b);
      }
    }
  }
}

void Product::run() {
  if (args_.m == 0 || args_.n == 0) return;
  if (args_.k == 0) return run_epilogue_alone();
  const ArenaScope scope(*context_.arena);
  prepare_partial_sums();
  constexpr int64_t kFewRows = 168;
  if (args_.m <= kFewRows) return run_few_rows();
  run_blocked();
}

}  // namespace

void gemm(const KernelContext& context, const GemmArgs& args) { Product(context, args).run(); }

}  // namespace vitrine::kernels
