// The commands that the catalog lists; each is defined in a file of its own.
#pragma once

#include "cli/command.h"

namespace vitrine::cli {

Command bench_machine_command();
Command bench_train_command();
Command bench_infer_command();
Command bench_serve_command();
Command chat_command();
Command data_build_command();
Command data_stats_command();
Command data_synth_command();
Command eval_command();
Command eval_perplexity_command();
Command generate_command();
Command model_convert_command();
Command model_info_command();
Command model_list_command();
Command model_pull_command();
Command model_quantize_command();
Command serve_command();
Command tokenizer_decode_command();
Command tokenizer_encode_command();
Command tokenizer_info_command();
Command tokenizer_render_command();
Command tokenizer_train_command();
Command tools_call_command();
Command tools_list_command();
Command train_pretrain_command();
Command up_command();

}  // namespace vitrine::cli
