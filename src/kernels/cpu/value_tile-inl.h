// The bodies of products with panels of 16-bit values, over the vector types of one instruction set. Included by
// quantized_tile-inl.h, whose Isa has for it:
//   Pair, load_pair<is_bf16>: the values of 16 rows at two neighbouring columns, as Floats `even` and `odd`;
//   kValueRows: the most rows whose sums stay in registers; kPairedRows as for codes.
#pragma once

namespace vitrine::kernels::cpu {
namespace {

constexpr int kPairBytes = 4 * kPanelRows, kPairs = kBlock / 2;

/// Values times rows in f32: sum = fma(value, x, sum), in the order of k.
template <class IsaType, bool kIsBf16>
struct WithFloats {
  using Isa = IsaType;
  static constexpr int kWordsOfPair = 2;  // of a row
  using Weights = typename Isa::Pair;
  static Weights load(const uint8_t* p) { return Isa::template load_pair<kIsBf16>(p); }
  template <int kRows, int kCount>
  static inline __attribute__((always_inline)) void add(const Weights& weights, const std::byte* x,
                                                        typename Isa::Floats (&sums)[kCount]) {
    const auto* const values = reinterpret_cast<const float*>(x);
    VITRINE_UNROLL_ROWS
    for (int row = 0; row < kCount; ++row)
      sums[row] = Isa::multiply_add(weights.even, Isa::splat(values + row), sums[row]);
    VITRINE_UNROLL_ROWS
    for (int row = 0; row < kCount; ++row)
      sums[row] = Isa::multiply_add(weights.odd, Isa::splat(values + kRows + row), sums[row]);
  }
};

/// sums of rows [kFirst, kFirst + kCount) of kRows with one panel, or with two that are read as two streams.
template <class Way, int kRows, int kFirst, int kCount, int kPanels>
void multiply_rows(const QuantizedPanelProduct* const (&products)[kPanels]) {
  using Isa = typename Way::Isa;
  constexpr int kAheadBytes = kPanels == 1 ? 2048 : 768;
  typename Isa::Floats sums[kPanels][kCount];
  const uint8_t* codes[kPanels];
  VITRINE_UNROLL_ROWS
  for (int panel = 0; panel < kPanels; ++panel) {
    codes[panel] = products[panel]->codes;
    VITRINE_UNROLL_ROWS
    for (int row = 0; row < kCount; ++row)
      sums[panel][row] =
          products[panel]->adds ? Isa::load(products[panel]->sums + (kFirst + row) * kPanelRows) : Isa::zero();
  }
  CodesAhead next(*products[0]);
  const bool is_known = next.is_known();
  const std::byte* x = products[0]->x.values + 4 * kFirst;
  for (int64_t block = 0; block < products[0]->num_blocks; ++block) {
    if (is_known) next.prefetch();
    VITRINE_KEEP_LOOP
    for (int pair = 0; pair < kPairs; ++pair, x += 4 * Way::kWordsOfPair * kRows) {
      VITRINE_UNROLL_ROWS
      for (int panel = 0; panel < kPanels; ++panel) {
        if (!is_known) prefetch_line(codes[panel] + kAheadBytes);
        Way::template add<kRows>(Way::load(codes[panel]), x, sums[panel]);
        codes[panel] += kPairBytes;
      }
    }
  }
  VITRINE_UNROLL_ROWS
  for (int panel = 0; panel < kPanels; ++panel) {
    VITRINE_UNROLL_ROWS
    for (int row = 0; row < kCount; ++row)
      Isa::store(sums[panel][row], products[panel]->sums + (kFirst + row) * kPanelRows);
  }
}

/// As many rows at once as the registers hold.
template <class Way, int kRows, int kFirst, int kPanels>
void multiply_rows_from(const QuantizedPanelProduct* const (&products)[kPanels]) {
  constexpr int kCount = kRows - kFirst < Way::Isa::kValueRows ? kRows - kFirst : Way::Isa::kValueRows;
  multiply_rows<Way, kRows, kFirst, kCount>(products);
  if constexpr (kFirst + kCount < kRows) multiply_rows_from<Way, kRows, kFirst + kCount>(products);
}

template <class Way, int kRows>
void multiply_values(const QuantizedPanelProduct& product) {
  const QuantizedPanelProduct* const products[] = {&product};
  multiply_rows_from<Way, kRows, 0>(products);
}
template <class Way, int kRows>
void multiply_value_pair(const QuantizedPanelProduct& first, const QuantizedPanelProduct& second) {
  const QuantizedPanelProduct* const products[] = {&first, &second};
  multiply_rows_from<Way, kRows, 0>(products);
}

/// A row of f32 as it is.
inline void lay_floats(const float* x, int64_t num_blocks, int64_t rows, std::byte* to) {
  auto* const values = reinterpret_cast<float*>(to);
  for (int64_t i = 0; i < num_blocks * kBlock; ++i) values[i * rows] = x[i];
}

template <class Way, class Rows = std::make_integer_sequence<int, Way::Isa::kPackedTileRows>>
struct ValueKernels;
template <class Way, int... kRows>
struct ValueKernels<Way, std::integer_sequence<int, kRows...>> {
  static constexpr PanelKernel kTable[] = {nullptr, &multiply_values<Way, kRows + 1>...};
};

template <class Way, int kRows>
constexpr void set_value_kernel(PassKernels& kernels) {
  kernels.packed[kRows] = &multiply_values<Way, kRows>;
  if constexpr (kRows <= Way::Isa::kPairedRows) kernels.packed_pair[kRows] = &multiply_value_pair<Way, kRows>;
}

template <class Way>
constexpr FormatKernels value_kernels(InputForm input, LayKernel lay) {
  PassKernels kernels{.loose = ValueKernels<Way>::kTable};
  set_value_kernel<Way, 1>(kernels);
  set_value_kernel<Way, 2>(kernels);
  set_value_kernel<Way, 4>(kernels);
  set_value_kernel<Way, 8>(kernels);
  if constexpr (Way::Isa::kPackedTileRows > 8) set_value_kernel<Way, Way::Isa::kPackedTileRows>(kernels);
  return {.input = input, .passes = {kernels}, .lay = lay};
}

}  // namespace
}  // namespace vitrine::kernels::cpu
