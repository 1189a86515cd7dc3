// The files that make a checkpoint one of a run: config, state, lineage; and what is checked before a run begins.
#pragma once

#include <filesystem>
#include <string>

#include "core/kernel_context.h"
#include "io/checkpoint.h"
#include "tokenizer/tokenizer_json.h"
#include "train/run_config.h"
#include "train/run_state.h"
#include "train/trainer.h"

namespace vitrine::train {

/// Adds run.json and state.json.
void add_run_files(io::CheckpointWriter& writer, RunConfig config, RunState state);

/// Reads the config that a checkpoint was trained with.
RunConfig read_run_config(const io::Checkpoint& checkpoint);

/// One checksum of a dataset: its tokenizer and every shard of its training split.
std::string data_checksum(const data::Dataset& dataset);

/// Where the weights come from: program, config, data and kernel set, as one JSON object for the manifest.
std::string lineage_json(RunConfig config, const std::string& data_checksum, KernelSet kernel_set);

/// The checkpoint to go on from: the newest of the run folder where none is given; the given one, also by its name in
/// the run folder; or the newest intact one of the run that is given (the messages of newer ones that were refused are
/// added to `refused`). Errors: kNotFound when there is none; kCorruptData with an older intact one in the hint.
io::Checkpoint resume_checkpoint(const std::filesystem::path& run_folder, const std::filesystem::path& given,
                                 std::vector<std::string>* refused = nullptr);

/// The run folder that a given path means or lies in: a run, its checkpoints folder or RUN/checkpoints/step-N. Empty
/// for one that lies in no run.
std::filesystem::path run_folder_of(const std::filesystem::path& given);

/// Errors: kInvalidArgument when the run folder holds checkpoints and this one is not among them: two runs would mix.
void require_no_other_run(const std::filesystem::path& run_folder, const io::Checkpoint& checkpoint);

/// Errors: kMismatch naming what differs: config fields, data or kernel set.
void require_same_run(const io::Checkpoint& checkpoint, const RunConfig& config, const std::string& data_checksum,
                      KernelSet kernel_set);

/// Makes a run's folder and those above it. Errors: kIo, for example where a file is in the way.
void make_run_folder(const std::filesystem::path& run_folder);

/// Errors: kInvalidArgument where a run cannot live: no name, a file, a dataset.
void require_run_place(const std::filesystem::path& run_folder);

/// Errors: kInvalidArgument when the folder already holds a run.
void require_fresh_folder(const std::filesystem::path& run_folder);

/// Says what the run needs, and refuses what cannot fit. Errors: kOutOfMemory, kIo, with numbers and what to lower.
void check_resources(const RunConfig& config, const TrainObserver& observer);

/// The tokens that our own models begin, end and pad with, and their chat template.
tokenizer::TokenizerConfig special_tokens();

}  // namespace vitrine::train
