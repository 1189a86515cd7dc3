#include "cli/beam_options.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "cli/shared_options.h"
#include "cli/signals.h"
#include "cli/text_rule_options.h"
#include "cli/visible_token.h"
#include "infer/beam_search.h"
#include "infer/request.h"
#include "tokenizer/stream_decoder.h"

namespace vitrine::cli {
namespace {

constexpr const char* kNothingIsDrawn = "beams are the most probable texts: nothing is drawn";

void refuse(const ParsedOptions& options, const std::vector<OptionSpec>& specs, const char* reason) {
  for (const OptionSpec& spec : specs)
    if (options.given(spec.name))
      throw UsageError(fmt::format("--beams and {} exclude one another", flag_text(spec)), reason);
}

/// A beam as it is shown.
struct ShownBeam {
  infer::Beam beam;
  std::string text;
  infer::StopReason reason = infer::StopReason::kStopToken;
  std::string stop_reason() const { return std::string(infer::stop_reason_name(reason)); }
  int64_t num_tokens() const { return static_cast<int64_t>(beam.ids.size()); }
};

ShownBeam shown(infer::Beam beam, const tokenizer::Tokenizer& tokenizer, int64_t max_tokens) {
  ShownBeam out{.beam = std::move(beam)};
  tokenizer::StreamDecoder decoder(tokenizer, /*continues=*/true);
  for (const int32_t id : out.beam.ids) out.text += decoder.push(id);
  out.text += decoder.flush();
  if (out.beam.is_ended) return out;
  const bool is_full = out.num_tokens() >= max_tokens;
  out.reason = is_full            ? infer::StopReason::kLength
               : stop_requested() ? infer::StopReason::kCancelled
                                  : infer::StopReason::kContext;
  return out;
}

std::string beams_json(const std::vector<ShownBeam>& beams) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ShownBeam& each : beams)
    list.push_back({{"text", each.text},
                    {"log_probability", each.beam.log_probability},
                    {"score", each.beam.score},
                    {"tokens", each.num_tokens()},
                    {"stop_reason", each.stop_reason()},
                    {"ids", each.beam.ids}});
  return list.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::vector<Report::Row> beams_rows(const std::vector<ShownBeam>& beams) {
  std::vector<Report::Row> rows;
  for (const ShownBeam& each : beams)
    rows.push_back({ReportReal{each.beam.log_probability, 4}, each.num_tokens(), ReportReal{each.beam.score, 4},
                    each.stop_reason(), valid_utf8(one_line(each.text))});
  return rows;
}

}  // namespace

std::vector<OptionSpec> beam_options() {
  return {{.name = "beams",
           .kind = OptionKind::kInteger,
           .help = "in place of drawing one text, search for the most probable ones with so many beams, and list them",
           .min = 1,
           .max = static_cast<double>(infer::kMostBeams)},
          {.name = "length_penalty",
           .kind = OptionKind::kReal,
           .fallback = "1",
           .help = "with --beams: texts are ranked by log-probability / tokens^this; 0: by the sum; the larger, the "
                   "longer the texts",
           .min = -10,
           .max = 10}};
}

bool wants_beams(const ParsedOptions& options) {
  if (!options.given("beams")) {
    if (options.given("length_penalty"))
      throw UsageError("--length-penalty goes with --beams", "for example --beams 4");
    return false;
  }
  refuse(options, options_from_fields(infer::SamplingSettings().fields()), kNothingIsDrawn);
  refuse(options, {{.name = "show_steps"}}, kNothingIsDrawn);
  refuse(options, text_rule_options(), "a rule follows one text alone");
  refuse(options, {{.name = "speculate"}, {.name = "draft_model"}}, "nothing is guessed ahead of several texts");
  return true;
}

int show_beams(const ParsedOptions& options, const model::LoadedModel& model, const autograd::Runtime& runtime,
               const EngineChoice& engine, std::span<const int32_t> prompt, Console& console) {
  const int64_t max_tokens = max_answer_tokens(options, model.sampling);
  infer::BeamSearchOptions search{.num_beams = options.integer("beams"),
                                  .max_tokens = max_tokens,
                                  .stop_ids = model.end_ids,
                                  .length_exponent = options.real("length_penalty"),
                                  .cache_dtype = engine.options.cache_dtype,
                                  .drawable_tokens = engine.options.drawable_tokens};
  if (engine.adapter > 0) search.adapter = engine.options.adapters[static_cast<size_t>(engine.adapter - 1)].get();
  const StopSignals signals;
  const Pace pace;
  search.on_step = [&](int64_t num_tokens) {
    console.progress(fmt::format("token {} of {} at most", num_tokens, max_tokens));
    return !stop_requested();
  };
  std::vector<ShownBeam> beams;
  for (infer::Beam& beam : infer::beam_search(*model.transformer, runtime, prompt, search))
    beams.push_back(shown(std::move(beam), model.tokenizer, max_tokens));
  console.clear_progress();
  Report report;
  if (console.is_json())
    report.add("text", beams.front().text)
        .add("stop_reason", beams.front().stop_reason())
        .add("prompt_tokens", static_cast<int64_t>(prompt.size()))
        .add("tokens", beams.front().num_tokens())
        .add("seconds", ReportReal{pace.seconds(), 3})
        .add_json("beams", beams_json(beams));
  report.add_people_table("beams", {"log_probability", "tokens", "score", "ended_by", "text"}, beams_rows(beams));
  console.result(report);
  return stop_requested() ? kInterruptedStatus : kDone;
}

}  // namespace vitrine::cli
