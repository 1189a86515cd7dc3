// The entries of the catalog; each has a file of its own.
#pragma once

#include "tokenizer/normalizers/normalizer.h"

namespace vitrine::tokenizer {

NormalizerPointer make_bert_normalizer(const Setting& setting);
NormalizerPointer make_lowercase(const Setting& setting);
NormalizerPointer make_precompiled(const Setting& setting);
NormalizerPointer make_prepend(const Setting& setting);
NormalizerPointer make_replace(const Setting& setting);
NormalizerPointer make_sentencepiece_normalizer(const Setting& setting);
NormalizerPointer make_strip(const Setting& setting);
NormalizerPointer make_strip_accents(const Setting& setting);
NormalizerPointer make_unicode_form(const Setting& setting);  // NFC, NFD, NFKC, NFKD

}  // namespace vitrine::tokenizer
