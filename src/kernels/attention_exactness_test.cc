// What attention promises bit by bit: nothing but a query's own keys shows in its result.
#include "kernels/attention_testing.h"

namespace vitrine::kernels {
namespace {

using namespace attention_testing;  // NOLINT: written for these tests

class AttentionExactness : public testing::TestWithParam<KernelSet> {};

INSTANTIATE_TEST_SUITE_P(KernelSets, AttentionExactness, testing::ValuesIn(available_kernel_sets()), set_name);

TEST_P(AttentionExactness, InterleavedOperandsGiveTheBitsOfContiguousOnes) {
  Runner runner(GetParam());
  for (int64_t head_width : {7, 16, 64}) {
    const Inputs in = random_inputs(make_case(2, 90, 90, 6, 2, head_width));
    expect_same_bits(runner.run_interleaved(in), runner.run(in));
  }
}

TEST_P(AttentionExactness, SameBitsOnAnyNumberOfThreads) {
  AttentionCase shape = make_case(2, 600, 600, 4, 2, 24);
  shape.first_key = document_starts(shape, 100, 30);
  const Inputs in = random_inputs(shape);
  const Results one = Runner(GetParam(), 1).run(in);
  for (int threads : {2, 3}) expect_same_bits(Runner(GetParam(), threads).run(in), one);
}

TEST_P(AttentionExactness, BatchGivesTheBitsOfItsMembers) {
  const AttentionCase shape = make_case(3, 130, 130, 4, 2, 33);
  const Inputs in = random_inputs(shape);
  Runner runner(GetParam());
  const Results all = runner.run(in);
  auto slice = [](const Floats& values, int64_t index, int64_t count) {
    const auto size = static_cast<int64_t>(values.size()) / count;
    return Floats(values.begin() + index * size, values.begin() + (index + 1) * size);
  };
  for (int64_t b = 0; b < shape.batch; ++b) {
    Inputs member{shape, slice(in.q, b, 3), slice(in.k, b, 3), slice(in.v, b, 3), slice(in.out_gradient, b, 3)};
    member.shape.batch = 1;
    expect_same_bits(runner.run(member),
                     {slice(all.out, b, 3), slice(all.log_sum_exp, b, 3), slice(all.q_gradient, b, 3),
                      slice(all.k_gradient, b, 3), slice(all.v_gradient, b, 3)});
  }
}

/// Queries [first, first + count) of a batch of one, with the keys up to the last of them.
Inputs chunk_of(const Inputs& in, int64_t first, int64_t count) {
  const AttentionCase& c = in.shape;
  const int64_t q_width = c.heads * c.head_width, k_width = c.key_heads * c.head_width;
  Inputs part = in;
  part.shape.queries = count;
  part.shape.keys = first + count;
  part.q.assign(in.q.begin() + first * q_width, in.q.begin() + (first + count) * q_width);
  part.k.resize((first + count) * k_width);
  part.v.resize((first + count) * k_width);
  if (!c.first_key.empty()) part.shape.first_key.assign(&c.first_key[first], &c.first_key[first] + count);
  return part;
}

void expect_chunks_give_bits_of_full_run(KernelSet set, const AttentionCase& shape, int64_t chunk) {
  const Inputs in = random_inputs(shape, 5, 2.0f);
  Runner runner(set);
  const Results full = runner.run(in, false);
  const int64_t q_width = shape.heads * shape.head_width;
  for (int64_t first = 0; first < shape.queries; first += chunk) {
    const int64_t count = std::min(chunk, shape.queries - first);
    const Results part = runner.run(chunk_of(in, first, count), false);
    ASSERT_TRUE(same_bits(part.out, Floats(&full.out[first * q_width], &full.out[first * q_width] + count * q_width)))
        << "query " << first;
    for (int64_t h = 0; h < shape.heads; ++h)
      for (int64_t t = 0; t < count; ++t)
        ASSERT_EQ(part.log_sum_exp[h * count + t], full.log_sum_exp[h * shape.queries + first + t]);
  }
}

TEST_P(AttentionExactness, OneQueryAgainstACacheGivesTheBitsOfTheFullRun) {
  for (int64_t head_width : {5, 64})
    for (int64_t window : {0, 1, 70})
      for (int64_t document : {0, 1, 11}) {
        SCOPED_TRACE(testing::Message() << "D=" << head_width << " window=" << window << " document=" << document);
        AttentionCase shape = make_case(1, 300, 300, 6, 2, head_width, window);
        if (document > 0) shape.first_key = document_starts(shape, document, document == 1 ? 0 : 7);
        expect_chunks_give_bits_of_full_run(GetParam(), shape, 1);
      }
}

TEST_P(AttentionExactness, ZerosOfMaskedKeysDoNotShowInTheSignOfAResult) {
  // One head of width 1: scores are k. Sums underflow to -0 in the second block of keys and again at key 128, the last
  // that query 128 sees; in the full run its neighbours see key 129, whose value times 0 is +0.
  Inputs in = random_inputs(make_case(1, 192, 192, 1, 1, 1));
  in.q.assign(192, 1.0f), in.k.assign(192, -100.0f), in.v.assign(192, 0.0f);
  in.k[0] = 0.0f, in.v[0] = -4e-45f;
  in.k[64] = 2.3f;
  in.k[128] = 1.1f, in.v[128] = -1e-45f;
  in.v[129] = 1.0f;
  Runner runner(GetParam());
  const Results full = runner.run(in, false), alone = runner.run(chunk_of(in, 128, 1), false);
  EXPECT_EQ(full.out[128], 0.0f);
  EXPECT_EQ(std::signbit(full.out[128]), std::signbit(alone.out[0]));
}

TEST_P(AttentionExactness, ChunkedPrefillGivesTheBitsOfTheFullRun) {
  for (int64_t chunk : {2, 37, 64, 200}) {
    SCOPED_TRACE(chunk);
    expect_chunks_give_bits_of_full_run(GetParam(), make_case(1, 400, 400, 3, 1, 16, 150), chunk);
  }
}

TEST_P(AttentionExactness, KeysOutOfSightDoNotLeak) {
  // Two documents. What the second one cannot see is huge: in scores and in dP it would overflow to infinity.
  AttentionCase shape = make_case(1, 100, 100, 2, 1, 8);
  shape.first_key.assign(100, 0);
  for (int64_t t = 50; t < 100; ++t) shape.first_key[t] = 50;
  const Inputs in = random_inputs(shape);
  Inputs huge = in;
  for (int64_t i = 0; i < 50 * 8; ++i) huge.k[i] = 3e38f, huge.v[i] = i % 2 ? 3e38f : -3e38f;
  Runner runner(GetParam());
  const Results want = runner.run(in), got = runner.run(huge);
  for (size_t i = 50 * 16; i < got.out.size(); ++i) {
    ASSERT_EQ(got.out[i], want.out[i]);
    ASSERT_EQ(got.q_gradient[i], want.q_gradient[i]);
  }
  for (size_t i = 50 * 8; i < got.k_gradient.size(); ++i) {
    ASSERT_EQ(got.k_gradient[i], want.k_gradient[i]);
    ASSERT_EQ(got.v_gradient[i], want.v_gradient[i]);
  }
}

TEST_P(AttentionExactness, KeysBehindTheLastAreNotRead) {
  Inputs in = random_inputs(make_case(1, 3, 70, 2, 1, 8));
  Runner runner(GetParam());
  const Results want = runner.run(in);
  in.k.insert(in.k.end(), 200 * 8, std::numeric_limits<float>::quiet_NaN());
  in.v.insert(in.v.end(), 200 * 8, std::numeric_limits<float>::quiet_NaN());
  const Results got = runner.run(in);
  EXPECT_TRUE(same_bits(got.out, want.out));
  EXPECT_TRUE(same_bits(got.q_gradient, want.q_gradient));
}

}  // namespace
}  // namespace vitrine::kernels
