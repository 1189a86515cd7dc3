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
  /// Columns of c over whole blocks of k, with packed operands: block after block of k, in each block panel after
  /// panel.
  struct Pass {
    RowPanels rows;
    Range columns, k;
    Range a_rows;                  // those that a holds
    const float* a = nullptr;      // packed; null: read where it lies
    const std::byte* b = nullptr;  // begins with columns and k
    int64_t b_columns = 0;         // padded to whole panels
  };

  void run_epilogue_alone();
  void run_few_rows();
  void run_blocked();
  void run_pass(const Pass& pass, float* b);
  void pack_b(int64_t first_column, int64_t columns, Range k, Range panels, int thread, float* target);
  void prepare_partial_sums();
  bool is_worth_threads() const;
  int num_threads() const { return is_worth_threads() ? context_.pool->num_threads() : 1; }
  void parallel(int64_t count, const std::function<void(int64_t, int)>& body);
  void compute(const Pass& pass, Range row_panels, Range column_panels);
  struct LeftPanel {
    const float* data;
    int64_t stride;
  };
  struct RightPanel {
    const std::byte* data;
    const std::byte* next;  // a stretch of the panel that follows, to be fetched meanwhile
    int64_t next_bytes;
  };
  void add_rows_ahead(cpu::PanelProduct& product, int64_t row, int64_t column) const;
  void tile(const LeftPanel& a, Range rows, const RightPanel& b, int64_t column, Range k);
  Range k_block(int64_t k) const { return {k, std::min(k + blocks_.step(), args_.k)}; }

  const KernelContext& context_;
  const GemmArgs& args_;
  const GemmKernels& kernels_;
  const int64_t tile_columns_;
  const KBlocks blocks_;
  float* partial_ = nullptr;  // where sums over blocks of k gather: c, unless the epilogue still needs what c holds
  int64_t partial_row_stride_ = 0;
  bool has_epilogue_ = false;
  float* stored_scratch_ = nullptr;  // for each thread, where b comes in stored form
  int64_t stored_scratch_floats_ = 0;
  const bool packs_a_;
  const cpu::PanelElement element_;  // of the panels of b
  const int64_t element_bytes_ = cpu::element_bytes(element_);
};

const std::byte* bytes_of(const float* panels) { return reinterpret_cast<const std::byte*>(panels); }

/// Packing a costs as much as some column panels of products, so narrow products read it where it lies. Where k is not
/// contiguous that gains nothing.
bool is_read_in_place(const GemmArgs& args) {
  constexpr int64_t kNarrow = 512;
  return args.a.column_stride == 1 && args.n <= kNarrow;
}

Product::Product(const KernelContext& context, const GemmArgs& args)
    : context_(context),
      args_(args),
      kernels_(cpu::gemm_kernels(context.kernel_set)),
      tile_columns_(kernels_.tile_columns),
      blocks_(args.k, kernels_.k_block),
      packs_a_(!is_read_in_place(args)),
      element_(args.packed_b != nullptr ? args.packed_b->state().element : cpu::PanelElement::kF32) {
  check_strides(args.a);
  if (args.packed_b == nullptr && args.stored_b == nullptr) check_strides(args.b);
  VITRINE_CHECK(args.stored_b == nullptr ||
                    (args.stored_is_transposed ? args.stored_b->n == args.n && args.stored_b->k == args.k
                                               : args.stored_b->n == args.k && args.stored_b->k == args.n),
                "gemm: the stored matrix is of another shape");
  VITRINE_CHECK(args.packed_b == nullptr || (args.packed_b->kernel_set() == context.kernel_set &&
                                             args.packed_b->k() == args.k && args.packed_b->n() == args.n),
                "gemm: the packed matrix is of another kernel set or shape");
  has_epilogue_ = args.bias || args.pre_activation || args.activation != Activation::kNone || args.derivative_at ||
                  args.residual || args.alpha != 1.0f;
}

/// The epilogue's operands, of which a late one would cost more than the product.
void Product::add_rows_ahead(cpu::PanelProduct& product, int64_t row, int64_t column) const {
  cpu::RowsAhead* ahead = product.rows_ahead + 1;
  if (args_.derivative_at) *ahead++ = {args_.derivative_at + row * args_.c_row_stride + column, args_.c_row_stride};
  if (args_.residual) *ahead = {args_.residual + row * args_.residual_row_stride + column, args_.residual_row_stride};
}

void Product::tile(const LeftPanel& a, Range rows, const RightPanel& b, int64_t column, Range k) {
  const auto& micro_kernels = packs_a_ ? kernels_.micro_kernels : kernels_.micro_kernels_along_k;
  const auto multiply = micro_kernels[static_cast<size_t>(element_)][rows.size()];
  const bool is_first = k.begin == 0, is_last = k.end == args_.k;
  const bool adds = !is_first || args_.accumulate;
  float* const c = args_.c + rows.begin * args_.c_row_stride + column;
  const int64_t columns = std::min(tile_columns_, args_.n - column);
  const bool is_plain = partial_ == args_.c && !(has_epilogue_ && (is_last || args_.alpha != 1.0f));
  cpu::PanelProduct product{.k_count = k.size(),
                            .a = a.data,
                            .a_stride = a.stride,
                            .b = b.data,
                            .c = c,
                            .c_row_stride = args_.c_row_stride,
                            .adds = adds,
                            .rows_ahead = {{c, args_.c_row_stride}},
                            .next_panel = b.next,
                            .next_panel_bytes = b.next_bytes};
  if (is_plain && columns == tile_columns_) return multiply(product);
  alignas(64) float sums[cpu::kMaxTileFloats];
  product.c = sums, product.c_row_stride = tile_columns_, product.adds = false;
  if (is_last) add_rows_ahead(product, rows.begin, column);
  multiply(product);
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

/// A panel of b stays in the caches nearest to the processor while the row panels, in the second level, go by; the
/// panel that follows is fetched in as many parts.
void Product::compute(const Pass& pass, Range row_panels, Range column_panels) {
  for (int64_t k = pass.k.begin; k < pass.k.end; k += blocks_.step()) {
    const Range block = k_block(k);
    const float* const a = packs_a_ ? pass.a + (k - pass.k.begin) * pass.a_rows.size() : nullptr;
    const std::byte* const b = pass.b + (k - pass.k.begin) * pass.b_columns * element_bytes_;
    const int64_t panel_bytes = tile_columns_ * block.size() * element_bytes_;
    for (int64_t j = column_panels.begin; j < column_panels.end; ++j) {
      const int64_t column = j * tile_columns_;
      const int64_t next_bytes = j + 1 < column_panels.end ? ceil_div(panel_bytes, row_panels.size()) : 0;
      RightPanel right{.data = b + j * panel_bytes, .next = b + (j + 1) * panel_bytes, .next_bytes = next_bytes};
      for (int64_t i = row_panels.begin; i < row_panels.end; ++i, right.next += next_bytes) {
        const Range rows = pass.rows[i];
        const LeftPanel left = packs_a_
                                   ? LeftPanel{a + (rows.begin - pass.a_rows.begin) * block.size(), rows.size()}
                                   : LeftPanel{args_.a.data + rows.begin * args_.a.row_stride + k, args_.a.row_stride};
        tile(left, rows, right, pass.columns.begin + column, block);
      }
    }
  }
}

/// Packs panels of `columns` columns of b from `first_column` on.
void Product::pack_b(int64_t first_column, int64_t columns, Range k, Range panels, int thread, float* target) {
  if (args_.stored_b != nullptr)
    return pack_stored_panels(kernels_, *args_.stored_b, args_.stored_is_transposed, first_column, columns, k, panels,
                              stored_scratch_ + thread * stored_scratch_floats_, target);
  GemmMatrix source = args_.b;
  source.data += first_column * source.column_stride;
  pack_b_panels(kernels_, source, columns, k, panels, target);
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

/// `count` jobs or a few more, at most `largest`, so that equally fast threads end together.
int64_t even_jobs(int64_t count, int64_t num_threads, int64_t largest) {
  return std::min(ceil_div(count, num_threads) * num_threads, largest);
}

/// All of a stays in the second-level cache; each job streams its own panels of b through, packing them on the way
/// where that has not been done.
void Product::run_few_rows() {
  const RowPanels rows({0, args_.m}, kernels_.tile_rows);
  const int64_t num_column_panels = ceil_div(args_.n, tile_columns_);
  float* const a = packs_a_ ? context_.arena->floats(args_.m * args_.k) : nullptr;
  for (int64_t i = 0; packs_a_ && i < blocks_.count(); ++i)
    pack_a_panels(kernels_, args_.a, rows, blocks_[i], {0, rows.count()}, a + blocks_[i].begin * args_.m);
  const int64_t panels_per_job = std::max<int64_t>(1, 128 / tile_columns_);
  const int64_t num_jobs = even_jobs(ceil_div(num_column_panels, panels_per_job), num_threads(), num_column_panels);
  if (args_.packed_b) {
    const Pass pass{.rows = rows,
                    .columns = {0, args_.n},
                    .k = {0, args_.k},
                    .a_rows = {0, args_.m},
                    .a = a,
                    .b = args_.packed_b->state().storage.data(),
                    .b_columns = num_column_panels * tile_columns_};
    return parallel(
        num_jobs, [&](int64_t job, int) { compute(pass, {0, rows.count()}, part(num_column_panels, num_jobs, job)); });
  }
  const int64_t panel_floats = blocks_.step() * panels_per_job * tile_columns_;
  float* const scratch = context_.arena->floats(num_threads() * panel_floats);
  parallel(num_jobs, [&](int64_t job, int thread) {
    const Range panels = part(num_column_panels, num_jobs, job);
    const int64_t column = panels.begin * tile_columns_;
    float* const b = scratch + thread * panel_floats;
    for (int64_t i = 0; i < blocks_.count(); ++i) {
      const Range block = blocks_[i];
      pack_b(0, args_.n, block, panels, thread, b);
      compute({.rows = rows,
               .columns = {column, args_.n},
               .k = block,
               .a_rows = {0, args_.m},
               .a = packs_a_ ? a + block.begin * args_.m : nullptr,
               .b = bytes_of(b),
               .b_columns = 0},
              {0, rows.count()}, {0, panels.size()});
    }
  });
}

/// How the threads share a pass: blocks of rows whose packed part of a half-fills a second-level cache. Threads do not
/// always get the same share of their processors, so there are several jobs for each, and the last ones are small.
class JobGrid {
 public:
  JobGrid(int64_t row_panels, int64_t tile_rows, int64_t columns, int64_t num_threads) {
    constexpr int64_t kLargestRows = 168, kSmallestRows = 84, kJobsPerThread = 5, kSmallestColumns = 256;
    const int64_t wanted = num_threads > 1 ? kJobsPerThread * num_threads : 1;
    const int64_t panels = std::clamp(row_panels * tile_rows / wanted, kSmallestRows, kLargestRows) / tile_rows;
    const int64_t tail = num_threads > 1 && row_panels >= 2 * panels * num_threads ? panels * num_threads : 0;
    first_panels_ = row_panels - tail;
    first_jobs_ = even_jobs(ceil_div(first_panels_, panels), num_threads, first_panels_);
    last_panels_ = tail;
    last_jobs_ = tail == 0 ? 0 : kLastJobsPerThread * num_threads;
    column_jobs_ = std::clamp<int64_t>(wanted / row_jobs(), 1, ceil_div(columns, kSmallestColumns));
  }

  int64_t count() const { return row_jobs() * column_jobs_; }
  int64_t max_row_panels() const { return ceil_div(first_panels_, first_jobs_); }
  Range row_panels(int64_t job) const {
    const int64_t row_job = job / column_jobs_;
    if (row_job < first_jobs_) return part(first_panels_, first_jobs_, row_job);
    const Range last = part(last_panels_, last_jobs_, row_job - first_jobs_);
    return {first_panels_ + last.begin, first_panels_ + last.end};
  }
  Range column_panels(int64_t job, int64_t num_column_panels) const {
    return part(num_column_panels, column_jobs_, job % column_jobs_);
  }

 private:
  static constexpr int64_t kLastJobsPerThread = 3;
  int64_t row_jobs() const { return first_jobs_ + last_jobs_; }

  int64_t first_panels_, first_jobs_, last_panels_, last_jobs_, column_jobs_;
};

/// Packs b's part with all threads (unless b is null: packed already); then each job packs its rows of a for itself.
void Product::run_pass(const Pass& pass, float* b) {
  const int64_t row_panels = pass.rows.count(), column_panels = ceil_div(pass.columns.size(), tile_columns_);
  if (b != nullptr) {
    const int64_t groups = even_jobs(ceil_div(column_panels, cpu::kMaxPanels / 4), num_threads(), column_panels);
    parallel(ceil_div(pass.k.size(), blocks_.step()) * groups, [&](int64_t chunk, int thread) {
      const int64_t k_before = chunk / groups * blocks_.step();
      const Range block = k_block(pass.k.begin + k_before), panels = part(column_panels, groups, chunk % groups);
      pack_b(pass.columns.begin, pass.columns.size(), block, panels, thread,
             b + k_before * pass.b_columns + panels.begin * tile_columns_ * block.size());
    });
  }
  const JobGrid grid(row_panels, kernels_.tile_rows, pass.columns.size(), num_threads());
  const int64_t a_floats = grid.max_row_panels() * kernels_.tile_rows * blocks_.step();
  const ArenaScope scope(*context_.arena);
  float* const scratch = packs_a_ ? context_.arena->floats(num_threads() * a_floats) : nullptr;
  parallel(grid.count(), [&](int64_t job, int thread) {
    const Range panels = grid.row_panels(job);
    float* const a = packs_a_ ? scratch + thread * a_floats : nullptr;
    for (int64_t k = pass.k.begin; k < pass.k.end; k += blocks_.step()) {
      Pass block = pass;
      block.k = k_block(k);
      block.a_rows = {pass.rows[panels.begin].begin, pass.rows[panels.end - 1].end};
      block.a = a;
      block.b += (k - pass.k.begin) * pass.b_columns * element_bytes_;
      if (packs_a_) pack_a_panels(kernels_, args_.a, pass.rows, block.k, panels, a);
      compute(block, panels, grid.column_panels(job, column_panels));
    }
  });
}

/// The packed part of b stays in the third-level cache while all rows of a go by.
void Product::run_blocked() {
  constexpr int64_t kPassK = 1536, kPassColumns = 1536;
  const int64_t padded_columns = ceil_div(args_.n, tile_columns_) * tile_columns_;
  const int64_t k_step = std::max<int64_t>(1, kPassK / blocks_.step()) * blocks_.step();
  const int64_t column_step = std::min(padded_columns, kPassColumns / tile_columns_ * tile_columns_);
  float* const b = args_.packed_b ? nullptr : context_.arena->floats(column_step * std::min(k_step, args_.k));
  const RowPanels rows({0, args_.m}, kernels_.tile_rows);
  for (int64_t column = 0; column < args_.n; column += column_step) {
    for (int64_t k = 0; k < args_.k; k += k_step) {
      Pass pass{.rows = rows,
                .columns = {column, std::min(column + column_step, args_.n)},
                .k = {k, std::min(k + k_step, args_.k)},
                .a_rows = {},
                .a = nullptr,
                .b = bytes_of(b),
                .b_columns = 0};
      pass.b_columns = ceil_div(pass.columns.size(), tile_columns_) * tile_columns_;
      if (args_.packed_b) {
        pass.columns = {0, args_.n};
        pass.b = args_.packed_b->state().storage.data() + k * padded_columns * element_bytes_;
        pass.b_columns = padded_columns;
      }
      run_pass(pass, b);
    }
    if (args_.packed_b) return;
  }
}

void Product::run() {
  if (args_.m == 0 || args_.n == 0) return;
  if (args_.k == 0) return run_epilogue_alone();
  const ArenaScope scope(*context_.arena);
  prepare_partial_sums();
  if (args_.stored_b != nullptr && args_.packed_b == nullptr) {
    stored_scratch_floats_ = stored_panel_floats(kernels_, *args_.stored_b, args_.stored_is_transposed, blocks_.step());
    stored_scratch_ = context_.arena->floats(num_threads() * stored_scratch_floats_);
  }
  constexpr int64_t kFewRows = 168;
  if (args_.m <= kFewRows) return run_few_rows();
  run_blocked();
}

/// What a trace says: the products and sums, and each operand once. The epilogue's operations are not counted.
TraceWork gemm_work(const GemmArgs& args) {
  const auto m = static_cast<double>(args.m), n = static_cast<double>(args.n), k = static_cast<double>(args.k);
  const auto element_bytes =
      static_cast<double>(args.packed_b != nullptr ? cpu::element_bytes(args.packed_b->state().element) : int64_t{4});
  const int outputs = 1 + args.accumulate + (args.pre_activation != nullptr) + (args.derivative_at != nullptr) +
                      (args.residual != nullptr);
  return {.flops = 2 * m * n * k,
          .bytes = 4 * (m * k + m * n * outputs + (args.bias ? n : 0)) + element_bytes * k * n,
          .extents = {args.m, args.n, args.k}};
}

}  // namespace

void gemm(const KernelContext& context, const GemmArgs& args) {
  const TraceScope scope(context.trace, "gemm", [&] { return gemm_work(args); });
  Product(context, args).run();
}

}  // namespace vitrine::kernels
