// The bodies of quantized products, over the vector types of one instruction set. Included by one file for each, inside
// a region that enables its instructions; `Isa` is a type of that file alone.
//
// Isa has Bytes (the 64 codes of a group), Ints and Floats (16 lanes each) and what is done with them:
//   load_bytes, bits<from, count, to>, combine; zero_ints, splat_ints, dot<signed>, add_256_fold; zero, load, store,
//   splat, add, multiply, multiply_add, from_ints, from_halves, from_signed_bytes, from_bytes; largest_magnitude,
//   round_block<clamps>.
// value_tile-inl.h says what it has for panels of values; without kernels for them kValueRows is 0.
// kDotsSigned: products of 8-bit codes are taken with code - 128, so they need no correction.
// kDotRows: so many rows have their dots in registers at once; even.
// kPackedTileRows: the most rows that panels as they lie are multiplied by at once: dots, not sums, have to stay in
// registers.
// kPairedRows, kPairedRowsOfBytes: so many rows are multiplied by two panels at once, with codes of fewer bits and of
// 8: they wait for memory rather than for products. VITRINE_UNROLL_ROWS stands before loops over rows: written out,
// their sums stay in registers, where there are any. VITRINE_KEEP_LOOP stands before loops that must not be written
// out.
#pragma once

// Whoever includes this has included <cstring>, <utility>, base/prefetch.h and quantized_kernels.h before that region:
// what other files share must not be compiled for instructions that a processor may lack.
namespace vitrine::kernels::cpu {
namespace {

/// Asks for what is read next, block by block.
class CodesAhead {
 public:
  explicit CodesAhead(const QuantizedPanelProduct& product) : next_(product.next_codes), bytes_(product.next_bytes) {}
  bool is_known() const { return next_ != nullptr; }
  void prefetch() {
    for (const uint8_t* const end = next_ + bytes_; next_ < end; next_ += 64) prefetch_line<CacheLevel::kSecond>(next_);
  }

 private:
  const uint8_t* next_;
  const int64_t bytes_;
};

/// Reads a panel as it lies.
template <class Isa, PanelFormat kFormat>
class PackedSource {
 public:
  static constexpr PanelFormat format() { return kFormat; }
  using Floats = typename Isa::Floats;
  explicit PackedSource(const QuantizedPanelProduct& product)
      : codes_(product.codes), scales_(product.scales), next_(product) {}
  /// Groups lie one after the other as they are.
  static constexpr bool kIsPlain = kFormat.code_bits == 8;
  typename Isa::Bytes plain_group(int group) const { return Isa::load_bytes(codes_ + group * kGroupBytes); }
  /// Asks for what comes later, codes so many bytes: the processor's own look-ahead ends at every 4 KiB.
  template <int kAheadBytes, CacheLevel kLevel>
  void prefetch() {
    prefetch_scales();
    if (next_.is_known()) return next_.prefetch();
    prefetch_lines<kAheadBytes, kLevel>(std::make_integer_sequence<int, kFormat.code_bytes() / 64>());
  }

  template <int kGroup>
  inline __attribute__((always_inline)) typename Isa::Bytes group() const {
    if constexpr (kFormat.code_bits == 8) return Isa::load_bytes(codes_ + kGroup * kGroupBytes);
    if constexpr (kFormat.code_bits == 4) return nibbles<kGroup>();
    if constexpr (kFormat.code_bits == 5) return Isa::combine(nibbles<kGroup>(), single<kGroup, 4>(codes_ + 256));
    if constexpr (kFormat.code_bits == 6) return Isa::combine(nibbles<kGroup>(), pair<kGroup, 4>(codes_ + 256));
    if constexpr (kFormat.code_bits == 2) return pair<kGroup, 0>(codes_);
    if constexpr (kFormat.code_bits == 3) return Isa::combine(pair<kGroup, 0>(codes_), single<kGroup, 2>(codes_ + 128));
  }
  /// Scale and minimum of a part of the present block.
  Floats scale(int part) const {
    const Floats scale = Isa::from_halves(scales_);
    if constexpr (kFormat.small_scales == SmallScales::kNone) return scale;
    const uint8_t* const small = small_scales() + (super_block_ * kFormat.parts() + part) * kPanelRows;
    if constexpr (kFormat.small_scales == SmallScales::kSigned)
      return Isa::multiply(scale, Isa::from_signed_bytes(small));
    if constexpr (kFormat.small_scales == SmallScales::kPairs) return Isa::multiply(scale, Isa::from_bytes(small));
    if constexpr (kFormat.small_scales == SmallScales::kNibbles)
      return Isa::multiply(scale, Isa::from_low_halves(small));
    return scale;
  }
  Floats minimum(int part) const {
    const Floats minimum = Isa::from_halves(scales_ + 2 * kPanelRows);
    const uint8_t* const small = small_scales() + (super_block_ * kFormat.parts() + part) * kPanelRows;
    if constexpr (kFormat.small_scales == SmallScales::kPairs)
      return Isa::multiply(minimum, Isa::from_bytes(small + kPanelRows * kFormat.super_parts()));
    if constexpr (kFormat.small_scales == SmallScales::kNibbles)
      return Isa::multiply(minimum, Isa::from_high_halves(small));
    return minimum;
  }
  void advance() {
    codes_ += kFormat.code_bytes();
    if (++super_block_ < kFormat.super_blocks) return;
    super_block_ = 0;
    scales_ += kFormat.scale_bytes();
  }

 private:
  template <int kAheadBytes, CacheLevel kLevel, int... kLine>
  void prefetch_lines(std::integer_sequence<int, kLine...>) const {
    (prefetch_line<kLevel>(codes_ + kAheadBytes + 64 * kLine), ...);
  }
  /// A line of the scales that come some blocks later.
  void prefetch_scales() const {
    constexpr int kAhead = kFormat.super_blocks == 1 ? 16 * kFormat.scale_bytes() : kFormat.scale_bytes();
    if (super_block_ * 64 < kFormat.scale_bytes()) prefetch_line(scales_ + kAhead + super_block_ * 64);
  }
  const uint8_t* small_scales() const { return scales_ + 2 * kPanelRows * (kFormat.has_minimum ? 2 : 1); }
  /// Four planes of 64 bytes: group g in the low halves, g + 4 in the high ones.
  template <int kGroup>
  typename Isa::Bytes nibbles() const {
    return Isa::template bits<kGroup / 4 * 4, 4, 0>(Isa::load_bytes(codes_ + kGroup % 4 * kGroupBytes));
  }
  /// Two planes: pair i of plane j is group 4 j + i.
  template <int kGroup, int kTo>
  static typename Isa::Bytes pair(const uint8_t* planes) {
    return Isa::template bits<kGroup % 4 * 2, 2, kTo>(Isa::load_bytes(planes + kGroup / 4 * kGroupBytes));
  }
  /// One plane: bit g is group g.
  template <int kGroup, int kTo>
  static typename Isa::Bytes single(const uint8_t* plane) {
    return Isa::template bits<kGroup, 1, kTo>(Isa::load_bytes(plane));
  }

  const uint8_t* codes_;
  const uint8_t* scales_;
  CodesAhead next_;
  int super_block_ = 0;
};

/// Reads a loose panel.
template <class Isa, PanelFormat kFormat>
class LooseSource {
 public:
  static constexpr PanelFormat format() { return kFormat; }
  static constexpr bool kIsPlain = false;
  explicit LooseSource(const QuantizedPanelProduct& product)
      : codes_(product.codes),
        scales_(reinterpret_cast<const float*>(product.scales)),
        minimums_(product.minimums),
        next_(product) {}
  template <int kGroup>
  typename Isa::Bytes group() const {
    return Isa::load_bytes(codes_ + kGroup * kGroupBytes);
  }
  template <int, CacheLevel>
  void prefetch() {
    next_.prefetch();
  }
  typename Isa::Floats scale(int part) const { return Isa::load(scales_ + part * kPanelRows); }
  typename Isa::Floats minimum(int part) const { return Isa::load(minimums_ + part * kPanelRows); }
  void advance() {
    codes_ += kLooseBytes;
    scales_ += kFormat.parts() * kPanelRows;
    if constexpr (kFormat.has_minimum) minimums_ += kFormat.parts() * kPanelRows;
  }

 private:
  const uint8_t* codes_;
  const float* scales_;
  const float* minimums_;
  CodesAhead next_;
};

/// dots[row] += the product of one group of codes with the four bytes of each of kCount rows out of kRows.
template <class Isa, class Source, int kRows, int kGroup, int kCount>
inline __attribute__((always_inline)) void add_group(const Source& source, const int8_t* x,
                                                     typename Isa::Ints (&dots)[kCount]) {
  const typename Isa::Bytes codes = source.template group<kGroup>();
  VITRINE_UNROLL_ROWS
  for (int row = 0; row < kCount; ++row)
    dots[row] = Isa::template dot<Source::format().code_bits == 8>(dots[row], codes, x + 4 * (kGroup * kRows + row));
}

template <class Isa, class Source, int kRows, int kFirst, int kCount, int... kGroup>
inline __attribute__((always_inline)) void add_groups(const Source& source, const int8_t* x,
                                                      typename Isa::Ints (&dots)[kCount],
                                                      std::integer_sequence<int, kGroup...>) {
  (add_group<Isa, Source, kRows, kFirst + kGroup>(source, x, dots), ...);
}

/// The same for all groups of a block, by one and the same load: the processor's look-ahead follows it farther than
/// loads that are written out, and memory is what counts (docs/experiments.md).
template <class Isa, class Source, int kRows, int kCount>
inline __attribute__((always_inline)) void add_plain_groups(const Source& source, const int8_t* x,
                                                            typename Isa::Ints (&dots)[kCount]) {
  VITRINE_KEEP_LOOP
  for (int group = 0; group < kGroups; ++group) {
    const typename Isa::Bytes codes = source.plain_group(group);
    VITRINE_UNROLL_ROWS
    for (int row = 0; row < kCount; ++row)
      dots[row] = Isa::template dot<true>(dots[row], codes, x + 4 * (group * kRows + row));
  }
}

/// Dots of one pass as they are, or of both as one number.
template <class Isa, int kPasses, int kRows>
inline __attribute__((always_inline)) typename Isa::Floats product_of(const typename Isa::Ints (&dots)[kRows],
                                                                      int row) {
  if constexpr (kPasses == 1) return Isa::from_ints(dots[row]);
  return Isa::from_ints(Isa::add_256_fold(dots[2 * row], dots[2 * row + 1]));
}

/// sums += the product of one part of a block, of kCount rows of bytes from kFirst on.
template <class Isa, class Source, int kPasses, int kRows, int kPart, int kFirst, int kCount>
inline __attribute__((always_inline)) void add_rows(const Source& source, const RoundedRows& x,
                                                    typename Isa::Floats (&sums)[kRows / kPasses]) {
  constexpr PanelFormat kFormat = Source::format();
  constexpr int kPartGroups = kFormat.part_elements / 4, kSums = kRows / kPasses, kFirstSum = kFirst / kPasses;
  constexpr bool kCorrects = kFormat.code_offset != 0 && !(kFormat.code_bits == 8 && Isa::kDotsSigned);
  typename Isa::Ints dots[kCount];
  VITRINE_UNROLL_ROWS
  for (int row = 0; row < kCount; ++row)
    dots[row] = kCorrects ? Isa::splat_ints(x.offset_sums + kPart * kRows + kFirst + row) : Isa::zero_ints();
  if constexpr (Source::kIsPlain)
    add_plain_groups<Isa, Source, kRows>(source, x.bytes + 4 * kFirst, dots);
  else
    add_groups<Isa, Source, kRows, kPart * kPartGroups>(source, x.bytes + 4 * kFirst, dots,
                                                        std::make_integer_sequence<int, kPartGroups>());
  const typename Isa::Floats scale = source.scale(kPart);
  VITRINE_UNROLL_ROWS
  for (int row = 0; row < kCount / kPasses; ++row)
    sums[kFirstSum + row] =
        Isa::multiply_add(product_of<Isa, kPasses>(dots, row),
                          Isa::multiply(scale, Isa::splat(x.scales + kFirstSum + row)), sums[kFirstSum + row]);
  if constexpr (kFormat.has_minimum) {
    const typename Isa::Floats minimum = source.minimum(kPart);
    VITRINE_UNROLL_ROWS
    for (int row = 0; row < kCount / kPasses; ++row)
      sums[kFirstSum + row] =
          Isa::multiply_add(minimum, Isa::splat(x.value_sums + kPart * kSums + kFirstSum + row), sums[kFirstSum + row]);
  }
}

/// The same of all rows from kFirst on: as many at once as their dots stay in registers.
template <class Isa, class Source, int kPasses, int kRows, int kPart, int kFirst = 0>
inline __attribute__((always_inline)) void add_part(const Source& source, const RoundedRows& x,
                                                    typename Isa::Floats (&sums)[kRows / kPasses]) {
  constexpr int kCount = kRows - kFirst < Isa::kDotRows ? kRows - kFirst : Isa::kDotRows;
  add_rows<Isa, Source, kPasses, kRows, kPart, kFirst, kCount>(source, x, sums);
  if constexpr (kFirst + kCount < kRows) add_part<Isa, Source, kPasses, kRows, kPart, kFirst + kCount>(source, x, sums);
}

/// To the next block.
template <class Source, int kPasses, int kRows>
inline void advance(RoundedRows& x) {
  constexpr PanelFormat kFormat = Source::format();
  x.bytes += kBlock * kRows;
  x.scales += kRows / kPasses;
  if constexpr (kFormat.code_offset != 0) x.offset_sums += kFormat.parts() * kRows;
  if constexpr (kFormat.has_minimum) x.value_sums += kFormat.parts() * (kRows / kPasses);
}

template <class Isa, int kRows>
inline __attribute__((always_inline)) void begin_sums(const QuantizedPanelProduct& product,
                                                      typename Isa::Floats (&sums)[kRows]) {
  VITRINE_UNROLL_ROWS
  for (int row = 0; row < kRows; ++row)
    sums[row] = product.adds ? Isa::load(product.sums + row * kPanelRows) : Isa::zero();
}

template <class Isa, int kRows>
inline __attribute__((always_inline)) void end_sums(const typename Isa::Floats (&sums)[kRows],
                                                    const QuantizedPanelProduct& product) {
  VITRINE_UNROLL_ROWS
  for (int row = 0; row < kRows; ++row) Isa::store(sums[row], product.sums + row * kPanelRows);
}

/// sums [kRows / kPasses][16] of a panel over blocks, one after the other.
template <class Isa, class Source, int kPasses, int kRows>
void multiply_panel(const QuantizedPanelProduct& product) {
  constexpr int kAheadBytes = 2048;
  typename Isa::Floats sums[kRows / kPasses];
  begin_sums<Isa>(product, sums);
  Source source(product);
  RoundedRows x = product.x;
  for (int64_t block = 0; block < product.num_blocks; ++block) {
    source.template prefetch<kAheadBytes, CacheLevel::kFirst>();
    add_part<Isa, Source, kPasses, kRows, 0>(source, x, sums);
    if constexpr (Source::format().parts() == 2) add_part<Isa, Source, kPasses, kRows, 1>(source, x, sums);
    source.advance();
    advance<Source, kPasses, kRows>(x);
  }
  end_sums<Isa>(sums, product);
}

/// The same of two panels: each is read as one stream, with less asked ahead in each.
template <class Isa, class Source, int kPasses, int kRows, int kAheadBytes, CacheLevel kLevel>
void multiply_pair_ahead(const QuantizedPanelProduct& first, const QuantizedPanelProduct& second) {
  typename Isa::Floats first_sums[kRows / kPasses], second_sums[kRows / kPasses];
  begin_sums<Isa>(first, first_sums);
  begin_sums<Isa>(second, second_sums);
  Source first_source(first), second_source(second);
  RoundedRows x = first.x;
  for (int64_t block = 0; block < first.num_blocks; ++block) {
    first_source.template prefetch<kAheadBytes, kLevel>();
    second_source.template prefetch<kAheadBytes, kLevel>();
    add_part<Isa, Source, kPasses, kRows, 0>(first_source, x, first_sums);
    add_part<Isa, Source, kPasses, kRows, 0>(second_source, x, second_sums);
    if constexpr (Source::format().parts() == 2) {
      add_part<Isa, Source, kPasses, kRows, 1>(first_source, x, first_sums);
      add_part<Isa, Source, kPasses, kRows, 1>(second_source, x, second_sums);
    }
    first_source.advance();
    second_source.advance();
    advance<Source, kPasses, kRows>(x);
  }
  end_sums<Isa>(first_sums, first);
  end_sums<Isa>(second_sums, second);
}

template <class Isa, class Source, int kPasses, int kRows>
void multiply_pair(const QuantizedPanelProduct& first, const QuantizedPanelProduct& second) {
  if constexpr (kRows == kPasses)  // of more rows no processor asks so
    if (first.asks_second_level)
      return multiply_pair_ahead<Isa, Source, kPasses, kRows, 1536, CacheLevel::kSecond>(first, second);
  multiply_pair_ahead<Isa, Source, kPasses, kRows, 768, CacheLevel::kFirst>(first, second);
}

template <class Isa, PanelFormat kFormat, int... kGroup>
inline __attribute__((always_inline)) void loosen_codes(const PackedSource<Isa, kFormat>& source, uint8_t* codes,
                                                        std::integer_sequence<int, kGroup...>) {
  (Isa::store_bytes(source.template group<kGroup>(), codes + kGroup * kGroupBytes), ...);
}

template <class Isa, PanelFormat kFormat>
void loosen_panel(const uint8_t* codes, const uint8_t* scales, int64_t num_blocks, const LoosePanel& panel) {
  PackedSource<Isa, kFormat> source({.codes = codes, .scales = scales});
  for (int64_t block = 0; block < num_blocks; ++block, source.advance()) {
    if (kFormat.code_bits < 8 || panel.codes)
      loosen_codes(source, panel.codes + block * kLooseBytes, std::make_integer_sequence<int, kGroups>());
    for (int part = 0; part < kFormat.parts(); ++part) {
      const int64_t at = (block * kFormat.parts() + part) * kPanelRows;
      Isa::store(source.scale(part), panel.scales + at);
      if constexpr (kFormat.has_minimum) Isa::store(source.minimum(part), panel.minimums + at);
    }
  }
}

/// The bytes of one block to their place.
inline void put_bytes(const int8_t* bytes, int64_t block, const RoundingTarget& target) {
  int8_t* to = target.bytes + block * target.block_stride;
  if (target.group_stride == 4) {
    std::memcpy(to, bytes, kBlock);
    return;
  }
  VITRINE_UNROLL_ROWS
  for (int group = 0; group < kGroups; ++group, to += target.group_stride) std::memcpy(to, bytes + 4 * group, 4);
}

/// left = x - scale * bytes of a block. By whole vectors: they are read again at once.
template <class Isa>
inline __attribute__((always_inline)) void subtract_rounded(const float* x, float scale, const int8_t* bytes,
                                                            float* left) {
  const float negative = -scale;
  for (int i = 0; i < kBlock; i += kPanelRows) {
    const auto codes = Isa::from_signed_bytes(reinterpret_cast<const uint8_t*>(bytes + i));
    Isa::store(Isa::add(Isa::load(x + i), Isa::multiply(Isa::splat(&negative), codes)), left + i);
  }
}

template <class Isa>
void round_row(const float* x, int64_t num_blocks, const RoundingTarget& target, const RoundingTarget* rest) {
  alignas(32) int8_t bytes[kBlock];
  for (int64_t block = 0; block < num_blocks; ++block, x += kBlock) {
    const float most = Isa::largest_magnitude(x), scale = most / 127.0f;
    Isa::template round_block<false>(x, most > 0 ? 127.0f / most : 0.0f, bytes, target.half_sums + 2 * block);
    put_bytes(bytes, block, target);
    target.scales[block * target.scale_stride] = rest ? scale / 256.0f : scale;
    if (rest == nullptr) continue;
    alignas(64) float left[kBlock];
    subtract_rounded<Isa>(x, scale, bytes, left);
    Isa::template round_block<true>(left, scale > 0 ? 256.0f / scale : 0.0f, bytes, rest->half_sums + 2 * block);
    put_bytes(bytes, block, *rest);
  }
}

/// One row of one panel.
template <class Isa>
inline void finish_row(const float* sums, int64_t columns, const float* bias, const float* residual, float* c) {
  if (columns >= kPanelRows) {
    typename Isa::Floats values = Isa::load(sums);
    if (bias) values = Isa::add(values, Isa::load(bias));
    if (residual) values = Isa::add(values, Isa::load(residual));
    return Isa::store(values, c);
  }
  for (int64_t column = 0; column < columns; ++column) {
    float value = sums[column];
    if (bias) value += bias[column];
    if (residual) value += residual[column];
    c[column] = value;
  }
}

/// Row by row over all panels: rows lie far apart.
template <class Isa>
void finish_panels(const PanelOutput& output) {
  for (int64_t row = 0; row < output.rows; ++row) {
    const float* sums = output.sums + row * kPanelRows;
    for (int64_t column = 0; column < output.columns; column += kPanelRows, sums += output.panel_stride)
      finish_row<Isa>(sums, output.columns - column, output.bias ? output.bias + column : nullptr,
                      output.residual ? output.residual + row * output.residual_row_stride + column : nullptr,
                      output.c + row * output.c_row_stride + column);
  }
}

/// Of two passes there are even numbers of rows.
template <class Isa, class Source, int kPasses, int kRows>
constexpr PanelKernel panel_kernel() {
  if constexpr (kRows > 0 && kRows % kPasses == 0) return &multiply_panel<Isa, Source, kPasses, kRows>;
  return nullptr;
}

template <class Isa, PanelFormat kFormat, int kPasses, class Rows = std::make_integer_sequence<int, kMaxTileRows + 1>>
struct LooseKernels;
template <class Isa, PanelFormat kFormat, int kPasses, int... kRows>
struct LooseKernels<Isa, kFormat, kPasses, std::integer_sequence<int, kRows...>> {
  static constexpr PanelKernel kTable[] = {panel_kernel<Isa, LooseSource<Isa, kFormat>, kPasses, kRows>()...};
};

/// Formats that differ only in how codes and scales are packed share their kernels on loose panels.
constexpr PanelFormat loose_format(const PanelFormat& format) {
  return {.dtype = DType::kU8,
          .code_bits = format.code_bits == 8 ? 8 : 4,
          .part_elements = format.part_elements,
          .super_blocks = 1,
          .code_offset = format.code_offset != 0 ? 1 : 0,
          .has_minimum = format.has_minimum,
          .small_scales = SmallScales::kNone};
}

}  // namespace
}  // namespace vitrine::kernels::cpu

#include "kernels/cpu/value_tile-inl.h"

namespace vitrine::kernels::cpu {
namespace {

template <class Isa, class Source, int kPasses, int kRows>
constexpr void set_packed(PassKernels& kernels) {
  if constexpr (kRows % kPasses == 0) {
    kernels.packed[kRows] = &multiply_panel<Isa, Source, kPasses, kRows>;
    if constexpr (kRows <= (Source::format().code_bits == 8 ? Isa::kPairedRowsOfBytes : Isa::kPairedRows))
      kernels.packed_pair[kRows] = &multiply_pair<Isa, Source, kPasses, kRows>;
  }
}

template <class Isa, PanelFormat kFormat, int kPasses>
constexpr PassKernels pass_kernels() {
  using Source = PackedSource<Isa, kFormat>;
  PassKernels kernels;
  set_packed<Isa, Source, kPasses, 1>(kernels);
  set_packed<Isa, Source, kPasses, 2>(kernels);
  set_packed<Isa, Source, kPasses, 4>(kernels);
  set_packed<Isa, Source, kPasses, 8>(kernels);
  if constexpr (Isa::kPackedTileRows > 8) set_packed<Isa, Source, kPasses, Isa::kPackedTileRows>(kernels);
  kernels.loose = LooseKernels<Isa, loose_format(kFormat), kPasses>::kTable;
  return kernels;
}

template <class Isa, PanelFormat kFormat>
constexpr FormatKernels code_kernels() {
  return {.passes = {pass_kernels<Isa, kFormat, 1>(), pass_kernels<Isa, kFormat, 2>()},
          .loosen = &loosen_panel<Isa, kFormat>};
}

template <class Isa, PanelFormat kFormat>
constexpr FormatKernels format_kernels() {
  if constexpr (kFormat.holds_values()) {
    if constexpr (Isa::kValueRows > 0)
      return value_kernels<WithFloats<Isa, kFormat.dtype == DType::kBF16>>(InputForm::kFloats, &lay_floats);
    return {};
  } else {
    return code_kernels<Isa, kFormat>();
  }
}

/// Constant: nothing of this may run before the processor has been looked at.
template <class Isa, int... kFormat>
constexpr QuantizedKernels make_kernels(InterleaveKernel interleave, std::integer_sequence<int, kFormat...>) {
  return {.round = &round_row<Isa>,
          .interleave = interleave,
          .finish = &finish_panels<Isa>,
          .packed_tile_rows = Isa::kPackedTileRows,
          .formats = {format_kernels<Isa, kPanelFormats[kFormat]>()...}};
}

template <class Isa>
constexpr QuantizedKernels make_kernels(InterleaveKernel interleave = nullptr) {
  return make_kernels<Isa>(interleave, std::make_integer_sequence<int, kNumPanelFormats>());
}

}  // namespace
}  // namespace vitrine::kernels::cpu
