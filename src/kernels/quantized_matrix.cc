#include "kernels/quantized_matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <mutex>

#include "base/error.h"
#include "core/blocks/k_parts.h"
#include "core/blocks/layout.h"

namespace vitrine::kernels {
namespace {

using cpu::kBlock;
using cpu::kGroupBytes;
using cpu::kGroups;
using cpu::kLooseBytes;
using cpu::kPanelRows;
using cpu::PanelFormat;

/// Low and high halves of 16 bytes as 32 codes.
void take_nibbles(const uint8_t* quants, uint8_t* codes) {
  for (int i = 0; i < 16; ++i) codes[i] = quants[i] & 15;
  for (int i = 0; i < 16; ++i) codes[16 + i] = static_cast<uint8_t>(quants[i] >> 4);
}

void take_fifth_bits(const uint8_t* high, uint8_t* codes) {
  for (int i = 0; i < kBlock; ++i) codes[i] = static_cast<uint8_t>(codes[i] | (high[i / 8] >> i % 8 & 1) << 4);
}

void loosen(const blocks::Q8_0& block, LooseBlock& loose) {
  loose.scale = block.scale;
  for (int i = 0; i < kBlock; ++i) loose.codes[i] = static_cast<uint8_t>(block.quants[i] ^ 0x80);
}
void loosen(const blocks::Q4_0& block, LooseBlock& loose) {
  loose.scale = block.scale;
  take_nibbles(block.quants, loose.codes);
}
void loosen(const blocks::Q4_1& block, LooseBlock& loose) {
  loose.scale = block.scale;
  loose.minimum = block.minimum;
  take_nibbles(block.quants, loose.codes);
}
void loosen(const blocks::Q5_0& block, LooseBlock& loose) {
  loose.scale = block.scale;
  take_nibbles(block.quants, loose.codes);
  take_fifth_bits(block.high, loose.codes);
}
void loosen(const blocks::Q5_1& block, LooseBlock& loose) {
  loose.scale = block.scale;
  loose.minimum = block.minimum;
  take_nibbles(block.quants, loose.codes);
  take_fifth_bits(block.high, loose.codes);
}

uint16_t negated(uint16_t half) { return half ^ 0x8000u; }

void loosen(const blocks::Q2_K& block, LooseBlock& loose) {
  loose.scale = block.scale;
  loose.minimum = negated(block.minimum);
  std::memcpy(loose.scales, block.scales, sizeof(block.scales));
  for (int i = 0; i < blocks::kSuper; ++i)
    loose.codes[i] = block.quants[i / 128 * 32 + i % 32] >> i % 128 / 32 * 2 & 3;
}
void loosen(const blocks::Q3_K& block, LooseBlock& loose) {
  loose.scale = block.scale;
  for (int part = 0; part < 16; ++part) {
    const int low = block.scales[part % 8] >> part / 8 * 4 & 15, high = block.scales[8 + part % 4] >> part / 4 * 2 & 3;
    loose.scales[part] = static_cast<uint8_t>((low | high << 4) - 32);
  }
  for (int i = 0; i < blocks::kSuper; ++i)
    loose.codes[i] = static_cast<uint8_t>((block.quants[i / 128 * 32 + i % 32] >> i % 128 / 32 * 2 & 3) |
                                          (block.high[i % 32] >> i / 32 & 1) << 2);
}

/// What Q4_K and Q5_K share.
template <typename Block>
void loosen_pairs(const Block& block, LooseBlock& loose) {
  loose.scale = block.scale;
  loose.minimum = negated(block.minimum);
  for (int part = 0; part < blocks::kParts; ++part) {
    const blocks::SmallScale small = blocks::small_scale(block.scales, part);
    loose.scales[part] = small.scale;
    loose.minimums[part] = small.minimum;
  }
  for (int quarter = 0; quarter < 4; ++quarter) {
    const uint8_t* const quants = block.quants + 32 * quarter;
    uint8_t* const codes = loose.codes + 64 * quarter;
    for (int i = 0; i < 32; ++i) codes[i] = quants[i] & 15;
    for (int i = 0; i < 32; ++i) codes[32 + i] = static_cast<uint8_t>(quants[i] >> 4);
  }
}
void loosen(const blocks::Q4_K& block, LooseBlock& loose) { loosen_pairs(block, loose); }
void loosen(const blocks::Q5_K& block, LooseBlock& loose) {
  loosen_pairs(block, loose);
  for (int part = 0; part < blocks::kParts; ++part)
    for (int i = 0; i < 32; ++i)
      loose.codes[32 * part + i] = static_cast<uint8_t>(loose.codes[32 * part + i] | (block.high[i] >> part & 1) << 4);
}
void loosen(const blocks::Q6_K& block, LooseBlock& loose) {
  loose.scale = block.scale;
  std::memcpy(loose.scales, block.scales, sizeof(block.scales));
  for (int half = 0; half < 2; ++half)
    for (int group = 0; group < 4; ++group) {
      const uint8_t* const low = block.low + half * 64 + group % 2 * 32;
      const uint8_t* const high = block.high + half * 32;
      uint8_t* const codes = loose.codes + half * 128 + group * 32;
      for (int i = 0; i < 32; ++i)
        codes[i] = static_cast<uint8_t>((low[i] >> group / 2 * 4 & 15) | (high[i] >> group * 2 & 3) << 4);
    }
}

template <typename Block>
void loosen_bytes(const std::byte* bytes, LooseBlock& loose) {
  Block block;  // blocks lie unaligned in files
  std::memcpy(&block, bytes, sizeof(block));
  loosen(block, loose);
}

/// Two bits of each of four groups to a byte, or one bit of each of eight; `from` is the lowest of them in a code.
void put_pairs(const uint8_t* groups, int from, uint8_t* planes) {
  constexpr uint64_t kPairs = 0x0303030303030303;  // eight bytes at once
  for (int plane = 0; plane < 2; ++plane)
    for (int i = 0; i < kGroupBytes; i += 8) {
      uint64_t bytes = 0;
      for (int j = 0; j < 4; ++j) {
        uint64_t codes;
        std::memcpy(&codes, groups + (4 * plane + j) * kGroupBytes + i, sizeof codes);
        bytes |= (codes >> from & kPairs) << 2 * j;
      }
      std::memcpy(planes + plane * kGroupBytes + i, &bytes, sizeof bytes);
    }
}
void put_bits(const uint8_t* groups, int from, uint8_t* plane) {
  for (int i = 0; i < kGroupBytes; ++i) {
    int byte = 0;
    for (int j = 0; j < kGroups; ++j) byte |= (groups[j * kGroupBytes + i] >> from & 1) << j;
    plane[i] = static_cast<uint8_t>(byte);
  }
}
void put_nibbles(const uint8_t* groups, uint8_t* planes) {
  for (int j = 0; j < 4; ++j) {
    const uint8_t *const low = groups + j * kGroupBytes, *const high = groups + (j + 4) * kGroupBytes;
    uint8_t* const plane = planes + j * kGroupBytes;
    for (int i = 0; i < kGroupBytes; ++i) plane[i] = static_cast<uint8_t>((low[i] & 15) | high[i] << 4);
  }
}

/// Puts the codes of one block of 16 rows into planes.
void put_codes(const PanelFormat& format, const uint8_t* groups, uint8_t* target) {
  switch (format.code_bits) {
    case 8:
      std::memcpy(target, groups, kLooseBytes);
      return;
    case 2:
      return put_pairs(groups, 0, target);
    case 3:
      put_pairs(groups, 0, target);
      return put_bits(groups, 2, target + 2 * kGroupBytes);
    default:
      put_nibbles(groups, target);
      if (format.code_bits == 5) put_bits(groups, 4, target + 4 * kGroupBytes);
      if (format.code_bits == 6) put_pairs(groups, 4, target + 4 * kGroupBytes);
  }
}

/// Puts the scales of a super-block, of one row.
void put_scales(const PanelFormat& format, const LooseBlock& loose, int row, uint8_t* target) {
  std::memcpy(target + 2 * row, &loose.scale, 2);
  if (format.has_minimum) std::memcpy(target + 2 * kPanelRows + 2 * row, &loose.minimum, 2);
  if (format.small_scales == cpu::SmallScales::kNone) return;
  uint8_t* small = target + 2 * kPanelRows * (format.has_minimum ? 2 : 1) + row;
  for (int part = 0; part < format.super_parts(); ++part, small += kPanelRows) *small = loose.scales[part];
  if (format.small_scales != cpu::SmallScales::kPairs) return;
  for (int part = 0; part < format.super_parts(); ++part, small += kPanelRows) *small = loose.minimums[part];
}

/// Memory for panels: large matrices have their own, small ones share, so that all lie in huge pages.
std::pair<std::shared_ptr<Storage>, uint8_t*> panel_memory(int64_t num_bytes) {
  constexpr int64_t kShared = int64_t{64} << 20, kLarge = int64_t{32} << 20, kAlignment = 64;
  const auto at = [](const std::shared_ptr<Storage>& storage, int64_t offset) {
    return std::pair(storage, reinterpret_cast<uint8_t*>(storage->data()) + offset);
  };
  if (num_bytes >= kLarge) return at(std::make_shared<Storage>(num_bytes), 0);
  static std::mutex mutex;
  static std::weak_ptr<Storage> open;
  static int64_t used = 0;
  const std::lock_guard lock(mutex);
  std::shared_ptr<Storage> storage = open.lock();
  if (storage == nullptr || used + num_bytes > kShared) {
    open = storage = std::make_shared<Storage>(kShared);
    used = 0;
  }
  const int64_t offset = used;
  used += (num_bytes + kAlignment - 1) / kAlignment * kAlignment;
  return at(storage, offset);
}

/// Fills one panel with values of 16 bits; rows beyond the matrix are zero.
void fill_values(const StoredMatrix& matrix, const QuantizedMatrix::State& state, int64_t panel) {
  const int64_t rows = std::min<int64_t>(kPanelRows, state.n - panel * kPanelRows);
  uint8_t* const target = state.codes + panel * state.panel_code_bytes();
  if (rows < kPanelRows) std::memset(target, 0, static_cast<size_t>(state.panel_code_bytes()));
  const int together = state.format().dtype == DType::kBF16 ? 2 : 1;  // columns
  const auto bytes = static_cast<size_t>(2 * together);
  constexpr int64_t kAtOnce = 64;  // columns: their lines of the panel stay in the first level
  for (int64_t begin = 0; begin < state.k; begin += kAtOnce)
    for (int64_t row = 0; row < rows; ++row) {
      const std::byte* const source = matrix.row(panel * kPanelRows + row);
      for (int64_t column = begin; column < std::min(begin + kAtOnce, state.k); column += together)
        std::memcpy(target + 2 * (column * kPanelRows + row * together), source + 2 * column, bytes);
    }
}

/// Fills one panel; rows beyond the matrix are zero.
void fill_panel(const StoredMatrix& matrix, const QuantizedMatrix::State& state, int64_t panel) {
  const PanelFormat& format = state.format();
  if (format.holds_values()) return fill_values(matrix, state, panel);
  const int64_t block_bytes = dtype_block_bytes(matrix.dtype);
  const int rows = static_cast<int>(std::min<int64_t>(kPanelRows, state.n - panel * kPanelRows));
  uint8_t* codes = state.codes + panel * state.panel_code_bytes();
  uint8_t* scales = state.scales + panel * state.panel_scale_bytes();
  const std::byte* sources[kPanelRows];
  for (int row = 0; row < rows; ++row) sources[row] = matrix.row(panel * kPanelRows + row);
  LooseBlock loose;
  alignas(64) uint8_t groups[8 * kLooseBytes] = {};
  for (int64_t super = 0; super < state.num_blocks() / format.super_blocks; ++super) {
    for (int row = 0; row < rows; ++row) {
      loosen_block(format, sources[row] + super * block_bytes, loose);
      for (int i = 0; i < format.super_blocks * kGroups; ++i)
        std::memcpy(groups + i * kGroupBytes + 4 * row, loose.codes + 4 * i, 4);
      put_scales(format, loose, row, scales);
    }
    for (int block = 0; block < format.super_blocks; ++block, codes += format.code_bytes())
      put_codes(format, groups + block * kLooseBytes, codes);
    scales += format.scale_bytes();
  }
}

}  // namespace

void loosen_block(const PanelFormat& format, const std::byte* block, LooseBlock& loose) {
  switch (format.dtype) {
    case DType::kQ8_0:
      return loosen_bytes<blocks::Q8_0>(block, loose);
    case DType::kQ4_0:
      return loosen_bytes<blocks::Q4_0>(block, loose);
    case DType::kQ4_1:
      return loosen_bytes<blocks::Q4_1>(block, loose);
    case DType::kQ5_0:
      return loosen_bytes<blocks::Q5_0>(block, loose);
    case DType::kQ5_1:
      return loosen_bytes<blocks::Q5_1>(block, loose);
    case DType::kQ2_K:
      return loosen_bytes<blocks::Q2_K>(block, loose);
    case DType::kQ3_K:
      return loosen_bytes<blocks::Q3_K>(block, loose);
    case DType::kQ4_K:
      return loosen_bytes<blocks::Q4_K>(block, loose);
    case DType::kQ5_K:
      return loosen_bytes<blocks::Q5_K>(block, loose);
    default:
      return loosen_bytes<blocks::Q6_K>(block, loose);
  }
}

bool QuantizedMatrix::supports(DType dtype, int64_t k) {
  return cpu::panel_format_index(dtype) >= 0 && k % kBlock == 0;
}

QuantizedMatrix::QuantizedMatrix(const KernelContext& context, const StoredMatrix& matrix,
                                 const std::function<void()>& release) {
  const int format_index = cpu::panel_format_index(matrix.dtype);
  if (!supports(matrix.dtype, matrix.k))
    throw Error(ErrorCode::kUnsupported, fmt::format("quantized products: {} in rows of {} has no panels",
                                                     dtype_name(matrix.dtype), matrix.k));
  const TraceScope scope(context.trace, "lay weights into panels",
                         [&] { return elementwise_work(matrix.n * matrix.k, 0, 2); });
  state_.reset(new State{.n = matrix.n, .k = matrix.k, .format_index = format_index});
  const int64_t panels = state_->num_panels(), code_bytes = panels * state_->panel_code_bytes();
  std::tie(state_->storage, state_->codes) = panel_memory(code_bytes + panels * state_->panel_scale_bytes());
  state_->scales = state_->codes + code_bytes;
  // Rows of padding have scale 0; their codes are those of zero bytes.
  if (matrix.n % kPanelRows != 0)
    std::memset(state_->scales + (panels - 1) * state_->panel_scale_bytes(), 0,
                static_cast<size_t>(state_->panel_scale_bytes()));
  // Of a large matrix no more than a part is in memory twice.
  constexpr int64_t kPartBytes = int64_t{32} << 20;
  const int64_t part = std::max<int64_t>(1, kPartBytes / std::max<int64_t>(1, kPanelRows * matrix.row_bytes()));
  for (int64_t first = 0; first < panels; first += part) {
    const int64_t count = std::min(part, panels - first);
    const auto fill = [&](int64_t panel, int) { fill_panel(matrix, *state_, first + panel); };
    if (context.pool)
      context.pool->parallel_for(count, fill);
    else
      for (int64_t panel = 0; panel < count; ++panel) fill(panel, 0);
    if (release) release();
  }
}

QuantizedMatrix::~QuantizedMatrix() = default;
QuantizedMatrix::QuantizedMatrix(QuantizedMatrix&&) noexcept = default;
QuantizedMatrix& QuantizedMatrix::operator=(QuantizedMatrix&&) noexcept = default;

int64_t QuantizedMatrix::n() const { return state_->n; }
int64_t QuantizedMatrix::k() const { return state_->k; }
DType QuantizedMatrix::dtype() const { return state_->format().dtype; }
int64_t QuantizedMatrix::num_bytes() const {
  return state_->num_panels() * (state_->panel_code_bytes() + state_->panel_scale_bytes());
}

}  // namespace vitrine::kernels
