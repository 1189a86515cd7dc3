#include "cli/catalog.h"

#include "cli/commands/commands.h"

namespace vitrine::cli {

const std::vector<CommandGroup>& catalog() {
  // clang-format off
  static const std::vector<CommandGroup> groups = {
      {"Talk", {
          chat_command(),
          generate_command(),
          up_command(),
          serve_command(),
      }},
      {"Data", {
          data_synth_command(),
          data_build_command(),
          data_stats_command(),
          tokenizer_train_command(),
          tokenizer_encode_command(),
          tokenizer_decode_command(),
          tokenizer_info_command(),
          tokenizer_render_command(),
      }},
      {"Train and measure", {
          train_pretrain_command(),
          eval_command(),
          eval_perplexity_command(),
          bench_machine_command(),
          bench_train_command(),
          bench_infer_command(),
          bench_serve_command(),
      }},
      {"Model files", {
          model_pull_command(),
          model_list_command(),
          model_info_command(),
          model_convert_command(),
          model_quantize_command(),
      }},
      {"Look inside", {
          tools_list_command(),
          tools_call_command(),
      }},
  };
  // clang-format on
  return groups;
}

const std::vector<OptionSpec>& global_options() {
  static const std::vector<OptionSpec> options = {
      {.name = "threads",
       .kind = OptionKind::kInteger,
       .fallback = "0",
       .help = "threads to compute with; 0: one per processor",
       .min = 0,
       .max = 1024,
       .value_name = "N"},
      {.name = "device", .fallback = "cpu", .help = "where to compute: cpu", .value_name = "NAME"},
      {.name = "kernels", .help = "force a kernel set: portable, avx2, avx512, amx, neon", .value_name = "SET"},
      {.name = "precision",
       .fallback = "fast",
       .help = "weights of fewer bits: fast multiplies blocks in integers and bf16 by bf16, exact their values in f32",
       .choices = {"fast", "exact"},
       .value_name = "HOW"},
      {.name = "seed",
       .kind = OptionKind::kInteger,
       .fallback = "1",
       .help = "same seed, same result",
       .min = 0,
       .max = 1e15,
       .value_name = "N"},
      {.name = "json",
       .kind = OptionKind::kFlag,
       .help = "one JSON result on standard output, all else on standard error"},
      {.name = "trace",
       .help = "record time, FLOPs and bytes of each operation for Perfetto; a table of the costliest at the end",
       .value_name = "FILE"},
      {.name = "check_options",
       .kind = OptionKind::kFlag,
       .help = "only check the options, and do nothing; for scripts that call the command later"},
      {.name = "quiet", .kind = OptionKind::kFlag, .help = "no progress and no notes"}};
  return options;
}

}  // namespace vitrine::cli
