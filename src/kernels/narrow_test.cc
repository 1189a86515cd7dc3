#include "kernels/narrow.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "core/dtype.h"
#include "core/rng.h"
#include "kernels/kernel_sets.h"

namespace vitrine::kernels {
namespace {

TEST(NarrowToF16, GivesTheBitsOfTheScalarConversionForEveryExponentAndLength) {
  Rng rng(3, 1, 4);
  std::vector<float> values;
  for (uint32_t exponent = 1; exponent < 142; ++exponent)  // up to 2^14: all of it in f16
    for (int i = 0; i < 40; ++i)
      values.push_back(std::bit_cast<float>(static_cast<uint32_t>(rng.next_below(2)) << 31 | exponent << 23 |
                                            static_cast<uint32_t>(rng.next_below(1 << 23))));
  for (const float tie : {1.0f + 0x1.0p-11f, 1.0f + 3 * 0x1.0p-11f, 0x1.0p-25f, 3 * 0x1.0p-25f, 65519.9f, -0.0f})
    values.push_back(tie);
  std::vector<uint16_t> halves(values.size());
  for (const KernelSet set : available_kernel_sets())
    for (const size_t count : {size_t{1}, size_t{7}, size_t{16}, size_t{33}, values.size()}) {
      ASSERT_TRUE(narrow_to_f16(set, values.data() + values.size() - count, static_cast<int64_t>(count), halves.data()));
      for (size_t i = 0; i < count; ++i)
        ASSERT_EQ(halves[i], f16_from_f32(values[values.size() - count + i])) << kernel_set_name(set) << ' ' << i;
    }
}

TEST(NarrowToF16, SaysWhereAValueIsNotInF16) {
  for (const KernelSet set : available_kernel_sets())
    for (const float bad : {65520.0f, -1e20f, std::numeric_limits<float>::infinity(), std::nanf("")})
      for (const size_t at : {size_t{0}, size_t{15}, size_t{20}}) {
        std::vector<float> values(21, 1.0f);
        std::vector<uint16_t> halves(21);
        EXPECT_TRUE(narrow_to_f16(set, values.data(), 21, halves.data()));
        values[at] = bad;
        EXPECT_FALSE(narrow_to_f16(set, values.data(), 21, halves.data())) << kernel_set_name(set) << bad << ' ' << at;
      }
}

}  // namespace
}  // namespace vitrine::kernels
