// Keys and values of one head as they lie in pages: unpacked into blocks for many rows, or used in place by a few.
// Compiled once per instruction family.
#if defined(VITRINE_KERNELS_CPU_PAGED_SOURCE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VITRINE_KERNELS_CPU_PAGED_SOURCE_INL_H_
#undef VITRINE_KERNELS_CPU_PAGED_SOURCE_INL_H_
#else
#define VITRINE_KERNELS_CPU_PAGED_SOURCE_INL_H_
#endif

#include <bit>
#include <cstring>

#include "base/prefetch.h"
#include "core/dtype.h"
#include "kernels/cpu/attention_chunk-inl.h"

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels::cpu {
namespace HWY_NAMESPACE {
namespace attention {

constexpr int64_t kQuantBlock = 32, kQuantScaleBytes = 2;  // of kQ8_0

template <DType kType>
constexpr int64_t kElementBytes = kType == DType::kF32 ? 4 : 2;

template <typename Element>
HWY_INLINE FloatVector load_16_bit(const std::byte* from) {
  const hn::Rebind<Element, FloatTag> d;
  return hn::PromoteTo(FloatTag(), hn::LoadU(d, reinterpret_cast<const Element*>(from)));
}

/// One vector of elements that lie side by side; not for kQ8_0.
template <DType kType>
HWY_INLINE FloatVector load_elements(const std::byte* from) {
  if constexpr (kType == DType::kF16) return load_16_bit<hwy::float16_t>(from);
  if constexpr (kType == DType::kBF16) return load_16_bit<hwy::bfloat16_t>(from);
  return hn::LoadU(FloatTag(), reinterpret_cast<const float*>(from));
}

HWY_INLINE FloatVector load_codes(const std::byte* from) {
  const hn::Rebind<int8_t, FloatTag> d8;
  const hn::Rebind<int32_t, FloatTag> d32;
  return hn::ConvertTo(FloatTag(), hn::PromoteTo(d32, hn::LoadU(d8, reinterpret_cast<const int8_t*>(from))));
}

HWY_INLINE float scale_at(const std::byte* from) {
  uint16_t bits;
  std::memcpy(&bits, from, sizeof bits);
  return f32_from_f16(bits);
}

/// One element.
template <DType kType>
HWY_INLINE float element(const std::byte* from) {
  if constexpr (kType == DType::kF16) return scale_at(from);
  if constexpr (kType == DType::kBF16) {
    uint16_t bits;
    std::memcpy(&bits, from, sizeof bits);
    return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
  }
  float value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

/// Finds one head's part of the pages.
struct PagedHead {
  const PagedRows* rows = nullptr;
  const int32_t* pages = nullptr;
  int page_shift = 0, slab_shift = 0;
  int64_t page_tokens = 0, page_bytes = 0;
  int64_t head_bytes = 0;   // of one token
  int64_t head_offset = 0;  // in a page

  PagedHead(const PagedRows& layer, const int32_t* table, int64_t head, int64_t width)
      : rows(&layer),
        pages(table),
        page_shift(std::countr_zero(static_cast<uint64_t>(layer.page_tokens))),
        slab_shift(std::countr_zero(static_cast<uint64_t>(layer.slab_pages))),
        page_tokens(layer.page_tokens),
        page_bytes(layer.page_bytes()),
        head_bytes(storage_bytes(layer.dtype, width)),
        head_offset(head * head_bytes * layer.page_tokens) {}

  /// The head's part of the page that a token lies in.
  const std::byte* page_of(int64_t token) const {
    const int64_t page = pages[token >> page_shift];
    return rows->slabs[page >> slab_shift] + (page & (rows->slab_pages - 1)) * page_bytes + head_offset;
  }
  const std::byte* row(int64_t token) const { return page_of(token) + (token & (page_tokens - 1)) * head_bytes; }
};

/// Products_: FloatProducts, or PairProducts where there are any.
template <DType kType, class Products_>
struct PagedSource {
  using Products = Products_;
  PagedHead k, v;
  int64_t width = 0;
  int64_t end = 0;                 // keys
  bool asks_second_level = false;  // see MemoryReads

  /// Whether whole vectors of keys and of values can be used where they lie.
  bool is_in_place() const { return k.page_tokens % kLanes == 0 && width % kLanes == 0; }

  void prefetch_k(int64_t first, int64_t last) const {
    asm volatile("");  // see prefetch_rows
    last = HWY_MIN(last, end);
    // An equal share of the page for each token.
    for (int64_t j = first; j < last; ++j) {
      const std::byte* const from = k.page_of(j) + (j & (k.page_tokens - 1)) * k.head_bytes;
      for (int64_t i = 0; i < k.head_bytes; i += 64) hwy::Prefetch(from + i);
    }
  }
  void prefetch_v(int64_t first, int64_t last) const {
    asm volatile("");
    last = HWY_MIN(last, end);
    for (int64_t j = first; j < last; ++j) {
      const std::byte* const from = v.row(j);
      for (int64_t i = 0; i < v.head_bytes; i += 64) hwy::Prefetch(from + i);
    }
  }

  /// Unpacks `count` columns of a page, from `offset` on, to out [width][kKeyBlock].
  void unpack_columns(const std::byte* page, int64_t offset, int64_t count, float* out) const {
    const FloatTag d;
    const int64_t tokens = k.page_tokens, whole = count / kLanes * kLanes;
    for (int64_t i = 0; i < width; ++i, out += kKeyBlock) {
      if constexpr (kType == DType::kQ8_0) {
        const std::byte* const block = page + i / kQuantBlock * (kQuantScaleBytes + kQuantBlock) * tokens;
        const std::byte* const codes = block + (kQuantScaleBytes + i % kQuantBlock) * tokens + offset;
        for (int64_t j = 0; j < count; ++j)
          out[j] =
              static_cast<float>(static_cast<int8_t>(codes[j])) * scale_at(block + (offset + j) * kQuantScaleBytes);
      } else {
        const std::byte* const from = page + (i * tokens + offset) * kElementBytes<kType>;
        for (int64_t j = 0; j < whole; j += kLanes)
          hn::StoreU(load_elements<kType>(from + j * kElementBytes<kType>), d, out + j);
        for (int64_t j = whole; j < count; ++j) out[j] = element<kType>(from + j * kElementBytes<kType>);
      }
    }
  }

  /// Zeros beyond `keys`.
  template <typename BeforeKeys>
  void pack_keys(Chunk& chunk, int64_t block, int64_t keys, const BeforeKeys& before_keys) const {
    if (keys < kKeyBlock) std::memset(chunk.k_transposed, 0, width * kKeyBlock * sizeof(float));
    for (int64_t j = 0; j < keys; j += 4) before_keys(j);
    for (int64_t j = 0; j < keys;) {
      const int64_t offset = (block + j) & (k.page_tokens - 1);
      const int64_t count = HWY_MIN(k.page_tokens - offset, keys - j);
      unpack_columns(k.page_of(block + j), offset, count, chunk.k_transposed + j);
      j += count;
    }
  }
  void pack_values(Chunk& chunk, int64_t block, int64_t keys) const {
    for (int64_t j = 0; j < keys; ++j) unpack_row(v.row(block + j), chunk.v_packed + j * chunk.padded_width);
    chunk.v = chunk.v_packed, chunk.v_stride = chunk.padded_width;
  }
  bool use_values_in_place(Chunk&, int64_t) const { return false; }

  void unpack_row(const std::byte* from, float* out) const {
    const FloatTag d;
    int64_t i = 0;
    if constexpr (kType == DType::kQ8_0) {
      for (int64_t block = 0; i < width; ++block, from += kQuantScaleBytes + kQuantBlock) {
        const float scale = scale_at(from);
        for (int64_t j = 0; j < kQuantBlock; j += kLanes, i += kLanes)
          hn::StoreU(hn::Mul(load_codes(from + kQuantScaleBytes + j), hn::Set(d, scale)), d, out + i);
      }
    } else {
      for (; i + kLanes <= width; i += kLanes)
        hn::StoreU(load_elements<kType>(from + i * kElementBytes<kType>), d, out + i);
      if (i == width) return;
      hn::StoreU(hn::Zero(d), d, out + i);
      for (; i < width; ++i) out[i] = element<kType>(from + i * kElementBytes<kType>);
    }
  }
};

/// Where a block lies, vector of keys by vector of keys.
struct KeyPlaces {
  static constexpr int64_t kMost = kKeyBlock / kLanes;
  const std::byte* keys[kMost];    // the first element of each
  const std::byte* scales[kMost];  // of kQ8_0
  const std::byte* ahead[kMost];   // the same of the next block
  bool asks_second_level;
};

/// Asks for a line of the next block.
HWY_INLINE void prefetch_ahead(const std::byte* line, bool to_second_level) {
  if (to_second_level)
    prefetch_line<CacheLevel::kSecond>(line);
  else
    prefetch_line(line);
}

template <DType kType, class Products>
HWY_INLINE KeyPlaces key_places(const PagedSource<kType, Products>& source, const ColumnRange& tile, int64_t block) {
  constexpr int64_t kBytes = kType == DType::kQ8_0 ? 1 : kElementBytes<kType>;
  const int64_t in_page = source.k.page_tokens - 1;
  KeyPlaces places;
  places.asks_second_level = source.asks_second_level;
  for (int64_t vector = tile.first_vector; vector < tile.end_vector; ++vector) {
    const int64_t token = block + vector * kLanes, next = token + kKeyBlock;
    const std::byte* const page = source.k.page_of(token);
    places.keys[vector] = page + (token & in_page) * kBytes;
    places.scales[vector] = page + (token & in_page) * kQuantScaleBytes;
    places.ahead[vector] = next < source.end ? source.k.page_of(next) + (next & in_page) * kBytes : places.keys[vector];
  }
  return places;
}

/// Scores of kRows rows with kVectors vectors of keys, to scores [kRows][kKeyBlock]: the chains of tile_product.
/// Meanwhile memory brings the next block's.
template <DType kType, size_t kRows, size_t kVectors>
HWY_NOINLINE void scores_in_place(const Chunk& chunk, const KeyPlaces& places, int64_t first, int64_t tokens,
                                  float* scores) {
  asm volatile("");  // see prefetch_rows
  const FloatTag d;
  FloatVector sum[kRows][kVectors], scale[kVectors];
  const std::byte *keys[kVectors], *ahead[kVectors];
#pragma GCC unroll 8
  for (size_t n = 0; n < kVectors; ++n) {
    keys[n] = places.keys[first + n], ahead[n] = places.ahead[first + n];
    scale[n] = hn::Zero(d);
  }
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; ++r)
#pragma GCC unroll 8
    for (size_t n = 0; n < kVectors; ++n) sum[r][n] = hn::Zero(d);
  const bool to_second_level = places.asks_second_level;
  const float* HWY_RESTRICT q = chunk.q;
  const int64_t q_stride = chunk.padded_width, width = chunk.width;
  for (int64_t i = 0; i < width; ++i) {
    FloatVector right[kVectors];
    if constexpr (kType == DType::kQ8_0) {
      const int64_t block = i / kQuantBlock * (kQuantScaleBytes + kQuantBlock) * tokens;
      const int64_t at = block + (kQuantScaleBytes + i % kQuantBlock) * tokens;
#pragma GCC unroll 8
      for (size_t n = 0; n < kVectors; ++n) {
        if (i % kQuantBlock == 0) scale[n] = load_16_bit<hwy::float16_t>(places.scales[first + n] + block);
        right[n] = hn::Mul(load_codes(keys[n] + at), scale[n]);
        prefetch_ahead(ahead[n] + at, to_second_level);
      }
    } else {
      const int64_t at = i * tokens * kElementBytes<kType>;
#pragma GCC unroll 8
      for (size_t n = 0; n < kVectors; ++n) {
        right[n] = load_elements<kType>(keys[n] + at);
        prefetch_ahead(ahead[n] + at, to_second_level);
      }
    }
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r) {
      const FloatVector left = hn::Set(d, q[static_cast<int64_t>(r) * q_stride + i]);
#pragma GCC unroll 8
      for (size_t n = 0; n < kVectors; ++n) sum[r][n] = hn::MulAdd(left, right[n], sum[r][n]);
    }
  }
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; ++r)
#pragma GCC unroll 8
    for (size_t n = 0; n < kVectors; ++n)
      hn::StoreU(sum[r][n], d,
                 scores + static_cast<int64_t>(r) * kKeyBlock + (first + static_cast<int64_t>(n)) * kLanes);
}

/// Elements first … first + kLanes - 1 of a row of values.
template <DType kType>
HWY_INLINE FloatVector load_value(const std::byte* row, int64_t first) {
  if constexpr (kType != DType::kQ8_0) return load_elements<kType>(row + first * kElementBytes<kType>);
  const std::byte* const block = row + first / kQuantBlock * (kQuantScaleBytes + kQuantBlock);
  return hn::Mul(load_codes(block + kQuantScaleBytes + first % kQuantBlock), hn::Set(FloatTag(), scale_at(block)));
}

struct ValueArgs {
  const float* weights = nullptr;         // [rows][kKeyBlock], from the block's first key
  int64_t block = 0, begin = 0, end = 0;  // keys of the block
  int64_t first = 0;                      // element
  float* sums = nullptr;                  // [rows][stride], from `first` on
  int64_t stride = 0;
  const float* keep = nullptr;  // what earlier sums are multiplied by; null: there are none
  int64_t all_keys = 0;         // of the source: those of the next block are asked for
  bool asks_second_level = false;
};

/// sums = keep * sums + weights · values: the chains of tile_product.
template <DType kType, size_t kRows, size_t kVectors>
HWY_NOINLINE void values_in_place(const PagedHead& v, const ValueArgs& args) {
  asm volatile("");  // see prefetch_rows
  const FloatTag d;
  FloatVector sum[kRows][kVectors];
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; ++r)
#pragma GCC unroll 8
    for (size_t n = 0; n < kVectors; ++n) sum[r][n] = hn::Zero(d);
  const int64_t row_bytes = v.head_bytes, ahead_bytes = args.first == 0 ? row_bytes : 0;
  const float* HWY_RESTRICT weights = args.weights;
  for (int64_t j = args.begin; j < args.end;) {
    const int64_t token = args.block + j;
    const int64_t until = HWY_MIN(args.end, j + v.page_tokens - (token & (v.page_tokens - 1)));
    const std::byte* row = v.row(token);
    const std::byte* ahead = token + kKeyBlock < args.all_keys ? v.row(token + kKeyBlock) : row;
    for (; j < until; ++j, row += row_bytes, ahead += row_bytes) {
      for (int64_t i = 0; i < ahead_bytes; i += 64) prefetch_ahead(ahead + i, args.asks_second_level);
      FloatVector right[kVectors];
#pragma GCC unroll 8
      for (size_t n = 0; n < kVectors; ++n)
        right[n] = load_value<kType>(row, args.first + static_cast<int64_t>(n) * kLanes);
#pragma GCC unroll 8
      for (size_t r = 0; r < kRows; ++r) {
        const FloatVector left = hn::Set(d, weights[static_cast<int64_t>(r) * kKeyBlock + j]);
#pragma GCC unroll 8
        for (size_t n = 0; n < kVectors; ++n) sum[r][n] = hn::MulAdd(left, right[n], sum[r][n]);
      }
    }
  }
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; ++r)
#pragma GCC unroll 8
    for (size_t n = 0; n < kVectors; ++n) {
      float* const to = args.sums + static_cast<int64_t>(r) * args.stride + static_cast<int64_t>(n) * kLanes;
      if (args.keep) sum[r][n] = hn::MulAdd(hn::LoadU(d, to), hn::Set(d, args.keep[r]), sum[r][n]);
      hn::StoreU(sum[r][n], d, to);
    }
}

using ScoresFunction = void (*)(const Chunk&, const KeyPlaces&, int64_t, int64_t, float*);
using ValuesFunction = void (*)(const PagedHead&, const ValueArgs&);

/// The kernels of a few rows, by their number less one.
template <DType kType, class Products>
struct InPlace {
  template <size_t kVectors, size_t... kRow>
  static constexpr std::array<ScoresFunction, kTileRows> scores(std::index_sequence<kRow...>) {
    return {&scores_in_place<kType, kRow + 1, kVectors>...};
  }
  template <size_t kVectors, size_t... kRow>
  static constexpr std::array<ValuesFunction, kTileRows> values(std::index_sequence<kRow...>) {
    return {&values_in_place<kType, kRow + 1, kVectors>...};
  }
};

/// Scores of all rows of a small chunk with the vectors of keys in `tile`.
template <DType kType, class Products>
HWY_INLINE void block_scores(const PagedSource<kType, Products>& source, const Chunk& chunk, const ColumnRange& tile,
                             int64_t block, float* scores) {
  using Kernels = InPlace<kType, Products>;
  static constexpr auto kWide = Kernels::template scores<kTileVectors>(std::make_index_sequence<kTileRows>());
  static constexpr auto kOne = Kernels::template scores<1>(std::make_index_sequence<kTileRows>());
  const KeyPlaces places = key_places(source, tile, block);
  const int64_t rows = chunk.rows.count();
  int64_t vector = tile.first_vector;
  for (; vector + kTileVectors <= tile.end_vector; vector += kTileVectors)
    kWide[rows - 1](chunk, places, vector, source.k.page_tokens, scores);
  for (; vector < tile.end_vector; ++vector) kOne[rows - 1](chunk, places, vector, source.k.page_tokens, scores);
}

/// The block's weighted values of all rows of a small chunk.
template <DType kType, class Products>
HWY_INLINE void block_values(const PagedSource<kType, Products>& source, int64_t rows, ValueArgs args) {
  using Kernels = InPlace<kType, Products>;
  static constexpr auto kWide = Kernels::template values<kTileVectors>(std::make_index_sequence<kTileRows>());
  static constexpr auto kOne = Kernels::template values<1>(std::make_index_sequence<kTileRows>());
  args.all_keys = source.end;
  args.asks_second_level = source.asks_second_level;
  float* const sums = args.sums;
  for (args.first = 0; args.first < source.width;) {
    const bool is_wide = args.first + kTileVectors * kLanes <= source.width;
    args.sums = sums + args.first;
    (is_wide ? kWide : kOne)[rows - 1](source.v, args);
    args.first += is_wide ? kTileVectors * kLanes : kLanes;
  }
}

/// A block of keys for a few rows, nothing of it copied: decoding reads each key once.
template <DType kType, class Products>
void in_place_step(const PagedSource<kType, Products>& source, Chunk& chunk, int64_t block) {
  const int64_t rows = chunk.rows.count();
  const ColumnRange tile = columns_of(hull(chunk.visible, rows), block);
  if (tile.empty()) return;
  block_scores(source, chunk, tile, block, chunk.scores);
  float keep[kTileStats];
  weigh_scores<Products>(chunk, tile, 0, rows, block, keep);
  block_values(source, rows,
               {.weights = chunk.scores,
                .block = block,
                .begin = tile.first,
                .end = tile.end,
                .sums = chunk.sum_pv,
                .stride = chunk.padded_width,
                .keep = keep});
}

template <DType kType, class Products>
void run_in_place(const AttentionForwardArgs& args, PagedSource<kType, Products> source, Chunk& chunk) {
  begin_chunk<Products>(args, chunk);
  const KeyRange all = hull(chunk.visible, chunk.rows.count());
  source.end = all.end;
  for (int64_t block = all.first / kKeyBlock * kKeyBlock; block < all.end; block += kKeyBlock)
    in_place_step(source, chunk, block);
  finish_chunk(args, chunk);
}

}  // namespace attention
}  // namespace HWY_NAMESPACE
}  // namespace vitrine::kernels::cpu
HWY_AFTER_NAMESPACE();

#endif
