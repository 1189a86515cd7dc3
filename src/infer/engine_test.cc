// What the engine promises: nobody's text depends on anybody else's, and no page is lost.
#include "infer/engine.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <thread>

#include "base/error.h"
#include "infer/engine_testing.h"

namespace vitrine::infer {
namespace {

using namespace engine_testing;  // NOLINT: written for these tests

TEST(Engine, ABatchOfSixteenGivesTheBitsOfEachAlone) {
  for (const auto& config : testing::tiny_configs()) {
    const nn::Transformer model(config, 7);
    std::vector<Request> requests;
    for (int64_t i = 0; i < 16; ++i) requests.push_back(random_request(static_cast<uint64_t>(i), config));
    Engine engine(model, runtime(), {.cache_tokens = 16 * 32});
    const std::vector<Text> together = run_together(engine, requests);
    EXPECT_LT(engine.statistics().num_steps, 40);
    for (size_t i = 0; i < requests.size(); ++i)
      EXPECT_EQ(together[i], run_alone(model, requests[i])) << config.architecture << " request " << i;
  }
}

/// A table of embeddings may have more rows than the tokenizer has tokens.
TEST(Engine, RowsBeyondTheTokensAreNeverDrawn) {
  const nn::Transformer model(long_qwen3(), 7);
  for (const Speculation speculation : {Speculation::kNone, Speculation::kLookup})
    for (const double temperature : {0.0, 8.0}) {
      Request request = request_of({1, 2}, {.temperature = temperature, .top_p = 1, .seed = 5}, 200);
      request.speculation = speculation;
      const auto most = [&](int64_t drawable) {
        Engine engine(model, runtime(), {.drawable_tokens = drawable});
        const std::vector<int32_t> ids = run_together(engine, {request}).front().ids;
        return *std::max_element(ids.begin(), ids.end());
      };
      EXPECT_LT(most(6), 6);
      if (temperature > 0) {
        EXPECT_GE(most(0), 6);
      }
    }
  Request biased = request_of({1, 2}, {.logit_bias = "9:100"}, 4);
  EXPECT_EQ(run_alone(model, biased, {.drawable_tokens = 10}).ids.front(), 9);
  std::exception_ptr failure;
  biased.on_finish = [&](const Completion& completion) { failure = completion.failure; };
  Engine engine(model, runtime(), {.drawable_tokens = 9});
  engine.submit(biased);
  engine.run();
  EXPECT_THROW(std::rethrow_exception(failure), Error);
}

TEST(Engine, WeightsInBlocksGiveTheSameBitsAloneTogetherAndOnAnyThreads) {
  for (const DType dtype : {DType::kQ8_0, DType::kQ4_0, DType::kF16, DType::kBF16}) {
    nn::Transformer model(wide_qwen3(), 7);
    quantize_weights(model, dtype);
    for (const Precision precision : {Precision::kFast, Precision::kExact}) {
      autograd::Runtime one(1), two(2);
      one.set_precision(precision), two.set_precision(precision);
      std::vector<Request> requests;
      for (int64_t i = 0; i < 16; ++i) {
        requests.push_back(random_request(static_cast<uint64_t>(i), model.config()));
        if (i % 3 == 0) requests.back().speculation = Speculation::kLookup;
      }
      Engine engine(model, two, {.cache_tokens = 16 * 32});
      const std::vector<Text> together = run_together(engine, requests);
      for (size_t i = 0; i < requests.size(); ++i) {
        Request request = requests[i];
        request.speculation = Speculation::kNone;
        Engine alone(model, one);
        EXPECT_EQ(together[i], run_together(alone, {request}).front()) << dtype_name(dtype) << " request " << i;
      }
    }
  }
}

/// What was written may not serve a prompt where prompts are rounded otherwise, and what is read anew after a request
/// made way is rounded as it was at first.
void expect_same_bits_in_pieces_and_behind_turns(const nn::Transformer& model, DType cache) {
  const Request first = request_of(some_ids(20, 3), {.temperature = 1, .top_p = 1}, 12);
  const Text whole = run_alone(model, first, {.cache_dtype = cache});
  for (const int64_t rows : {1, 7, 19})
    EXPECT_EQ(run_alone(model, first, {.cache_dtype = cache, .max_batch_tokens = rows}), whole);

  Engine engine(model, runtime(), {.cache_dtype = cache, .page_tokens = 4});
  EXPECT_EQ(run_together(engine, {first}).front(), whole);
  std::vector<int32_t> turns = some_ids(20, 3);
  turns.insert(turns.end(), whole.ids.begin(), whole.ids.end());
  turns.insert(turns.end(), {5, 6, 7});
  const Request second = request_of(turns, {.temperature = 1, .top_p = 1}, 12);
  const Text behind = run_together(engine, {second}).front();
  EXPECT_EQ(behind, run_alone(model, second, {.cache_dtype = cache, .share_prefixes = false}));

  std::vector<Request> requests;
  for (int64_t i = 0; i < 4; ++i)
    requests.push_back(request_of(some_ids(20, 10 + i), {.temperature = 1, .top_p = 1}, 12));
  Engine tight(model, runtime(), {.cache_dtype = cache, .page_tokens = 4, .cache_tokens = 96, .share_prefixes = false});
  const std::vector<Text> together = run_together(tight, requests);
  EXPECT_GT(tight.statistics().num_preemptions, 0);
  for (size_t i = 0; i < requests.size(); ++i)
    EXPECT_EQ(together[i], run_alone(model, requests[i], {.cache_dtype = cache})) << i;
}

TEST(Engine, WeightsInBlocksGiveTheSameBitsInPiecesBehindCachedTurnsAndAfterMakingWay) {
  nn::TransformerConfig config = wide_qwen3();
  config.context_length = 64;
  nn::Transformer model(config, 7);
  quantize_weights(model, DType::kQ8_0);
  for (const DType cache : {DType::kF32, DType::kF16}) expect_same_bits_in_pieces_and_behind_turns(model, cache);
}

TEST(Engine, FullWeightsGiveTheSameBitsInPiecesBehindCachedTurnsAndAfterMakingWay) {
  nn::TransformerConfig config = wide_qwen3();
  config.context_length = 64;
  const nn::Transformer model(config, 7);
  for (const DType cache : {DType::kF32, DType::kF16}) expect_same_bits_in_pieces_and_behind_turns(model, cache);
}

TEST(Engine, PiecesOfAPromptGiveTheBitsOfTheWhole) {
  const nn::Transformer model(long_qwen3(), 7);
  const Request request = request_of(some_ids(150, 3), {.temperature = 1, .top_p = 1}, 6);
  const Text whole = run_alone(model, request, {.max_batch_tokens = 1000});
  for (const int64_t rows : {1, 7, 64, 149}) EXPECT_EQ(run_alone(model, request, {.max_batch_tokens = rows}), whole);
  for (const int64_t page : {4, 32, 128}) EXPECT_EQ(run_alone(model, request, {.page_tokens = page}), whole);
}

TEST(Engine, NarrowPagesGiveTheSameBitsAloneAndTogether) {
  nn::TransformerConfig config = testing::tiny_qwen3();
  config.head_width = 32;
  const nn::Transformer model(config, 7);
  for (const DType dtype : {DType::kF16, DType::kBF16, DType::kQ8_0}) {
    std::vector<Request> requests;
    for (int64_t i = 0; i < 8; ++i) requests.push_back(random_request(static_cast<uint64_t>(i), config));
    const EngineOptions options{.cache_dtype = dtype, .cache_tokens = 400};
    Engine engine(model, runtime(), options);
    const std::vector<Text> together = run_together(engine, requests);
    for (size_t i = 0; i < requests.size(); ++i)
      EXPECT_EQ(together[i], run_alone(model, requests[i], options)) << dtype_name(dtype);
    EXPECT_NE(together[0].log_probabilities, run_alone(model, requests[0]).log_probabilities) << "not rounded";
    EXPECT_NEAR(together[0].log_probabilities[0], run_alone(model, requests[0]).log_probabilities[0], 0.01);
  }
  EXPECT_THROW(Engine(nn::Transformer(testing::tiny_qwen3(), 7), runtime(), {.cache_dtype = DType::kQ8_0}), Error);
}

TEST(Engine, RequestsWithACommonPrefixShareItsPages) {
  const nn::Transformer model(long_qwen3(), 7);
  const std::vector<int32_t> start = some_ids(64, 4);
  const auto prompt = [&](int32_t last) {
    std::vector<int32_t> ids = start;
    ids.insert(ids.end(), {last, last});
    return ids;
  };
  for (const bool at_once : {true, false}) {
    Engine engine(model, runtime(), {.page_tokens = 16, .cache_tokens = 512});
    std::vector<int64_t> cached;
    const auto submit = [&](int32_t last) {
      Request request = request_of(prompt(last), {}, 10);
      request.on_finish = [&](const Completion& done) { cached.push_back(done.cached_prompt_tokens); };
      engine.submit(request);
    };
    submit(1);
    if (!at_once) engine.step();
    submit(2);
    submit(3);
    while (engine.num_running() < 3) engine.step();
    // Four pages for the 64 tokens, and one each for what follows.
    EXPECT_EQ(engine.cache().pool().num_held(), 4 + 3);
    engine.run();
    EXPECT_EQ(engine.cache().pool().num_held(), 0);
    EXPECT_EQ(cached, (std::vector<int64_t>{0, 64, 64})) << at_once;
  }
  Engine apart(model, runtime(), {.page_tokens = 16, .cache_tokens = 512, .share_prefixes = false});
  for (const int32_t last : {1, 2, 3}) apart.submit(request_of(prompt(last), {}, 10));
  while (apart.num_running() < 3) apart.step();
  EXPECT_EQ(apart.cache().pool().num_held(), 15);
}

TEST(Engine, ACancelledRequestFreesItsPagesWithinOneStep) {
  const nn::Transformer model(long_qwen3(), 7);
  Engine engine(model, runtime(), {.cache_tokens = 512, .max_batch_tokens = 32, .share_prefixes = false});
  StopReason reason = StopReason::kLength;
  Request request = request_of(some_ids(100, 5), {}, 50);
  request.on_finish = [&](const Completion& done) { reason = done.reason; };
  const RequestId reading = engine.submit(request);
  const RequestId writing = engine.submit(request_of(some_ids(9, 6), {}, 50));
  for (int i = 0; i < 2; ++i) engine.step();
  const int64_t both = engine.cache().pool().num_held();
  engine.cancel(reading);
  engine.step();
  EXPECT_EQ(reason, StopReason::kCancelled);
  EXPECT_LE(engine.cache().pool().num_held(), 1);
  EXPECT_GT(both, 3);
  engine.cancel(writing);
  engine.cancel(writing + 77);  // unknown
  engine.step();
  EXPECT_EQ(engine.cache().pool().num_free(), engine.cache().pool().num_pages());
  EXPECT_FALSE(engine.step());
}

TEST(Engine, AWaitingRequestCanBeCancelledAndCallbacksMayCancelAndSubmit) {
  const nn::Transformer model(testing::tiny_qwen3(), 7);
  Engine engine(model, runtime(), {.max_sequences = 1});
  std::vector<StopReason> reasons;
  const auto note = [&](const Completion& done) { reasons.push_back(done.reason); };
  RequestId second = 0;
  Request first = request_of({1, 2}, {}, 20), follower = request_of({5}, {}, 3);
  follower.on_finish = note;
  first.on_token = [&, count = 0](const SampledToken&) mutable {
    if (++count == 3) engine.cancel(second);
    return count < 6;
  };
  first.on_finish = [&](const Completion& done) {
    note(done);
    engine.submit(follower);
  };
  engine.submit(first);
  Request waiting = request_of({3, 4}, {}, 20);
  waiting.on_finish = note;
  second = engine.submit(waiting);
  engine.run();
  EXPECT_EQ(reasons, (std::vector<StopReason>{StopReason::kCancelled, StopReason::kCancelled, StopReason::kLength}));
}

TEST(Engine, WithFewPagesRequestsMakeWayAndLoseNothing) {
  const nn::Transformer model(testing::tiny_qwen3(), 7);
  std::vector<Request> requests;
  for (uint64_t i = 0; i < 10; ++i)
    requests.push_back(request_of(some_ids(6, 40 + i), {.temperature = 1, .top_p = 1, .repeat_penalty = 1.2}, 24));
  for (const bool share : {true, false}) {
    Engine engine(model, runtime(), {.page_tokens = 4, .cache_tokens = 48, .share_prefixes = share});
    const std::vector<Text> together = run_together(engine, requests);
    EXPECT_GT(engine.statistics().num_preemptions, 0);
    for (size_t i = 0; i < requests.size(); ++i) EXPECT_EQ(together[i], run_alone(model, requests[i])) << i;
    EXPECT_EQ(engine.cache().pool().num_held(), 0);
  }
}

TEST(Engine, MoreImportantRequestsGoFirst) {
  const nn::Transformer model(testing::tiny_qwen3(), 7);
  Engine engine(model, runtime(), {.max_sequences = 2});
  std::vector<int64_t> order;
  for (const int64_t priority : {0, 0, 5, 1, 9}) {
    Request request = request_of({1, 2, static_cast<int32_t>(priority)}, {}, 12);
    request.priority = priority;
    request.on_finish = [&order, priority](const Completion&) { order.push_back(priority); };
    engine.submit(request);
    if (priority == 0) engine.step();  // these have begun when the others come
  }
  engine.run();
  EXPECT_EQ(order.size(), 5u);
  EXPECT_EQ(std::set<int64_t>(order.begin(), order.begin() + 2), (std::set<int64_t>{5, 9}));
  EXPECT_EQ(order[2], 1);
}

TEST(Engine, RefusesWhatCanNeverBe) {
  const nn::Transformer model(testing::tiny_qwen3(), 7);  // a context of 32
  Engine engine(model, runtime(), {.page_tokens = 4, .cache_tokens = 16});
  const std::pair<Request, std::string> cases[] = {{request_of({}, {}, 5), "empty"},
                                                   {request_of({1, 37}, {}, 5), "37"},
                                                   {request_of({1, -1}, {}, 5), "-1"},
                                                   {request_of(some_ids(32, 1), {}, 5), "context"},
                                                   {request_of(some_ids(10, 1), {}, 10), "pages"},
                                                   {request_of({1}, {.samplers = "x"}, 5), "samplers"}};
  for (const auto& [request, named] : cases) {
    try {
      engine.submit(request);
      ADD_FAILURE() << named;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_NE(error.message().find(named), std::string::npos) << error.message();
    }
  }
  EXPECT_THROW(Engine(model, runtime(), {.page_tokens = 6}), Error);
  EXPECT_THROW(Engine(model, runtime(), {.max_sequences = 0}), Error);
  EXPECT_FALSE(engine.step());
}

TEST(Engine, WhatGoesWrongWithOneRequestDoesNotTouchTheOthers) {
  const nn::Transformer model(testing::tiny_qwen3(), 7);
  Engine engine(model, runtime(), {.cache_tokens = 100});
  std::vector<Completion> done;
  const auto keep = [&](const Completion& each) { done.push_back(each); };
  Request throws = request_of({1, 2, 3}, {}, 10), bad = request_of({4, 5}, {.logit_bias = "36:1"}, 10);
  bad.sampling.logit_bias = "99:1";  // there is no such token, which shows at the first draw
  throws.on_token = [](const SampledToken&) -> bool { throw std::runtime_error("a torn pipe"); };
  throws.on_finish = bad.on_finish = keep;
  const Request good = request_of(some_ids(8, 3), {.temperature = 1}, 10);
  engine.submit(throws);
  engine.submit(bad);
  const std::vector<Text> texts = run_together(engine, {good});
  EXPECT_EQ(texts[0], run_alone(model, good));
  ASSERT_EQ(done.size(), 2u);
  EXPECT_THROW(std::rethrow_exception(done[0].failure), std::runtime_error);
  EXPECT_THROW(std::rethrow_exception(done[1].failure), Error);
  EXPECT_EQ(engine.cache().pool().num_held(), 0);
}

TEST(Engine, EmbeddingRowsGiveTheBitsOfTheirTokens) {
  for (const auto& config : testing::tiny_configs()) {
    nn::Transformer model(config, 7);
    const Tensor table = model.parameters().front()->data();
    const std::vector<int32_t> ids = some_ids(12, 8);
    Request plain = request_of(ids, {.temperature = 1, .top_p = 1}, 6), mixed = plain;
    std::vector<float> values;
    for (size_t i = 4; i < 9; ++i) {
      const float* const row = table.f32() + ids[i] * config.width;
      values.insert(values.end(), row, row + config.width);
    }
    mixed.segments = {{.ids = {ids.begin(), ids.begin() + 4}},
                      {.rows = Tensor::from_floats({5, config.width}, values)},
                      {.ids = {ids.begin() + 9, ids.end()}}};
    EXPECT_EQ(run_alone(model, mixed), run_alone(model, plain)) << config.architecture;
    EXPECT_EQ(run_alone(model, mixed, {.max_batch_tokens = 3}), run_alone(model, plain));
    // The same rows are found again, others are not.
    Engine engine(model, runtime(), {.page_tokens = 4, .cache_tokens = 64});
    int64_t cached = -1;
    mixed.on_finish = [&](const Completion& done) { cached = done.cached_prompt_tokens; };
    for (const int64_t want : {0, 11}) {
      engine.submit(mixed);
      engine.run();
      EXPECT_EQ(cached, want);
    }
    mixed.segments[1].rows = mixed.segments[1].rows.clone();
    mixed.segments[1].rows.f32()[3 * config.width] += 1;  // of position 7
    engine.submit(mixed);
    engine.run();
    EXPECT_EQ(cached, 7);
  }
}

TEST(Engine, ScoresAndHiddenStatesAreThoseOfTheFullForwardPass) {
  for (const auto& config : testing::tiny_configs()) {
    const nn::Transformer model(config, 7);
    const std::vector<int32_t> ids = some_ids(20, 9);
    autograd::ExecutionContext context = runtime().execution_context();
    const autograd::Variable hidden = model.hidden(context, {.ids = Tensor::from_ints({1, 20}, ids)});
    const Tensor logits = model.logits(context, hidden).reshaped({20, 37});
    Engine engine(model, runtime(), {.page_tokens = 4, .cache_tokens = 128, .max_batch_tokens = 7});
    engine.submit(request_of(ids, {}, 1));  // so that there is something to be found
    engine.run();
    for (const int64_t from : {0, 1, 5, 19}) {
      Completion done;
      Request request = request_of(ids, {}, 0);
      request.score_from = from;
      request.hidden = from == 5 ? HiddenStates::kLast : HiddenStates::kAll;
      request.on_finish = [&](const Completion& each) { done = each; };
      engine.submit(request);
      engine.run();
      const int64_t first = std::max<int64_t>(from, 1);
      ASSERT_EQ(done.scores.size(), static_cast<size_t>(20 - first));
      for (int64_t t = first; t < 20; ++t) {
        double sum = 0;
        for (const float logit : logits.slice_rows(t - 1, t).floats()) sum += std::exp(static_cast<double>(logit));
        const double want = logits.f32()[(t - 1) * 37 + ids[static_cast<size_t>(t)]] - std::log(sum);
        EXPECT_NEAR(done.scores[static_cast<size_t>(t - first)], want, 1e-9) << t;
      }
      const int64_t rows = from == 5 ? 1 : 20;
      ASSERT_EQ(done.hidden.shape(), (Shape{rows, config.width}));
      const float* const want = hidden.data.f32() + (20 - rows) * config.width;
      EXPECT_TRUE(std::equal(want, want + rows * config.width, done.hidden.f32()));
      EXPECT_EQ(done.reason, StopReason::kLength);
      EXPECT_TRUE(done.ids.empty());
    }
  }
}

TEST(Engine, TheRecordOfADrawComesBeforeItsToken) {
  const nn::Transformer model(testing::tiny_qwen3(), 7);
  Engine engine(model, runtime());
  std::vector<double> recorded, seen;
  Request request = request_of({1, 2, 3}, {.temperature = 0.7, .top_k = 5, .top_p = 1}, 4);
  request.on_record = [&](const SampledToken& token, const SamplingRecord& record) {
    EXPECT_EQ(record.steps.size(), 3u);
    EXPECT_EQ(record.steps.back().num_candidates, 5u);
    EXPECT_EQ(record.steps.back().log_probability, token.kept_log_probability);
    EXPECT_EQ(recorded.size(), seen.size());
    recorded.push_back(record.steps.front().log_probability);
  };
  request.on_token = [&](const SampledToken& token) {
    seen.push_back(token.raw_log_probability);
    return true;
  };
  engine.submit(request);
  engine.run();
  EXPECT_EQ(recorded, seen);
  EXPECT_EQ(seen.size(), 4u);
}

TEST(Engine, AWindowBoundsThePagesThatAreHeld) {
  nn::TransformerConfig config = long_qwen3();
  config.window = 40;
  const nn::Transformer model(config, 7);
  const Request request = request_of(some_ids(100, 3), {.temperature = 1, .top_p = 1}, 150);
  Engine engine(model, runtime(), {.page_tokens = 16, .max_batch_tokens = 32, .share_prefixes = false});
  int64_t most = 0;
  std::vector<int32_t> ids;
  Request observed = request;
  observed.on_token = [&](const SampledToken& token) {
    ids.push_back(token.id);
    most = std::max(most, engine.cache().pool().num_held());
    return true;
  };
  engine.submit(observed);
  engine.run();
  EXPECT_LE(most, (40 + 64 + 32 + 16) / 16);
  EXPECT_EQ(ids, run_alone(model, request, {.max_batch_tokens = 250}).ids);
}

TEST(Engine, RequestsComeInFromOtherThreads) {
  const nn::Transformer model(testing::tiny_qwen3(), 7);
  Engine engine(model, runtime(), {.cache_tokens = 200});
  int finished = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        Request request = request_of({1, static_cast<int32_t>(t), static_cast<int32_t>(i)}, {}, 4);
        request.on_finish = [&](const Completion&) { ++finished; };
        const RequestId id = engine.submit(request);
        if (i % 5 == 0) engine.cancel(id);
      }
    });
  while (finished < 60) engine.step();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(engine.cache().pool().num_held(), 0);
}

/// Arrivals, cancels and few pages in random order: every text that ends is the text of its request alone.
TEST(Engine, RandomSchedulesKeepEveryTextAndLoseNoPage) {
  const auto configs = testing::tiny_configs();
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    Rng rng(seed, 78);
    const nn::TransformerConfig& config = configs[seed % configs.size()];
    const nn::Transformer model(config, 7);
    const EngineOptions options{.page_tokens = 4,
                                .cache_tokens = 32 + 16 * static_cast<int64_t>(rng.next_below(4)),
                                .max_batch_tokens = 1 + static_cast<int64_t>(rng.next_below(20)),
                                .max_sequences = 1 + static_cast<int64_t>(rng.next_below(6)),
                                .share_prefixes = rng.next_below(4) > 0,
                                .draft_model = &model};
    Engine engine(model, runtime(), options);
    std::map<RequestId, std::pair<Request, Text>> all;
    std::vector<RequestId> ended, cancelled;
    for (int step = 0; step < 120 || engine.step(); ++step) {
      if (step < 120 && rng.next_below(4) == 0) {
        Request request = random_request(rng.next_below(40), config);
        request.priority = static_cast<int64_t>(rng.next_below(3));
        request.speculation = static_cast<Speculation>(rng.next_below(3));
        auto text = std::make_shared<Text>();
        Request observed = observe(request, *text);
        observed.on_finish = [&, text](const Completion& done) {
          text->reason = done.reason;
          all[done.id].second = *text;
          ended.push_back(done.id);
        };
        const RequestId id = engine.submit(observed);
        all[id].first = request;
        if (rng.next_below(4) == 0) cancelled.push_back(id);
      }
      if (!cancelled.empty() && rng.next_below(3) == 0) {
        engine.cancel(cancelled.back());
        cancelled.pop_back();
      }
      if (step < 120) engine.step();
      ASSERT_LE(engine.num_running(), options.max_sequences);
      const PagePool& pool = engine.cache().pool();
      ASSERT_EQ(pool.num_free() + pool.num_kept() + pool.num_held(), pool.num_pages());
    }
    EXPECT_EQ(engine.cache().pool().num_held(), 0) << seed;
    ASSERT_EQ(ended.size(), all.size()) << seed;
    for (const auto& [id, pair] : all) {
      const Text alone = run_alone(model, pair.first);
      const Text& text = pair.second;
      if (text.reason == StopReason::kCancelled) {
        ASSERT_LE(text.ids.size(), alone.ids.size());
        EXPECT_TRUE(std::equal(text.ids.begin(), text.ids.end(), alone.ids.begin())) << seed << " " << id;
      } else {
        EXPECT_EQ(text, alone) << seed << " request " << id;
      }
    }
  }
}

}  // namespace
}  // namespace vitrine::infer
