// Special tokens in what a user writes stay text: each byte of a rendering says who wrote it.
#include <gtest/gtest.h>

#include <random>

#include "template/messages.h"
#include "template/test_support.h"

namespace vitrine::templates {
namespace {

/// Shows a rendering with its input between « and ».
std::string marked(const Rendered& rendered) {
  std::string result;
  for (const Segment& segment : rendered.segments) {
    const std::string part = rendered.text.substr(segment.begin, segment.end - segment.begin);
    result += segment.origin == Origin::kInput ? "«" + part + "»" : part;
  }
  return result;
}

std::string marked(const std::string& source, const std::string& variables = R"({"u": "a-b", "n": 5})") {
  return marked(render_all(source, value_from_json(variables)));
}

TEST(Provenance, TextOfATemplateAndOfInputIsToldApart) {
  EXPECT_EQ(marked("<|im_start|>user\n{{ u }}<|im_end|>"), "<|im_start|>user\n«a-b»<|im_end|>");
  EXPECT_EQ(marked("{{ '<|im_start|>' + u + '<|im_end|>' }}"), "<|im_start|>«a-b»<|im_end|>");
  EXPECT_EQ(marked("{{ '<' ~ u ~ 1 ~ '>' }}"), "<«a-b»1>");
}

TEST(Provenance, CopyingKeepsTheOriginOfEachCharacter) {
  EXPECT_EQ(marked("{{ ('[' + u + ']')[1:] }}"), "«a-b»]");
  EXPECT_EQ(marked("{{ ('[' + u + ']')[::-1] }}"), "]«b-a»[");
  EXPECT_EQ(marked("{{ ('[' + u + ']')[0] }}{{ ('[' + u + ']')[1] }}"), "[«a»");
  EXPECT_EQ(marked("{{ ('[' + u + ']').upper() }}{{ ('x ' + u) | title }}"), "[«A-B»]X «A-B»");
  EXPECT_EQ(marked("{{ (' [' + u + ' ').strip() }}"), "[«a-b»");
  EXPECT_EQ(marked("{{ ('[' + u + ']') * 2 }}"), "[«a-b»][«a-b»]");
  EXPECT_EQ(marked("{{ ['<', u, '>'] | join('|') }}{{ '|'.join([u, u]) }}"), "<|«a-b»|>«a-b»|«a-b»");
  EXPECT_EQ(marked("{{ ('x-' + u).split('-') | join('+') }}"), "x+«a»+«b»");
  EXPECT_EQ(marked("{{ (u + '-x') | list | join }}{{ (u + '!') | reverse }}"), "«a-b»-x!«b-a»");
  EXPECT_EQ(marked("{{ '%s|%5s' % ('t', u) }} {{ '{}:{}'.format(u, 't') }}"), "t|  «a-b» «a-b»:t");
  EXPECT_EQ(marked("{% set x %}<{{ u }}>{% endset %}{{ x }}{% filter upper %}<{{ u }}>{% endfilter %}"),
            "<«a-b»><«A-B»>");
  EXPECT_EQ(marked("{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m(u) }}"), "<«a-b»>");
}

TEST(Provenance, WhatIsComputedFromInputIsInput) {
  EXPECT_EQ(marked("{{ u | tojson }}"), "«\"a-b\"»");
  EXPECT_EQ(marked("{{ {'k': ['t', u]} | tojson }}{{ {'k': 't'} | tojson }}"),
            "«{\"k\": [\"t\", \"a-b\"]}»{\"k\": \"t\"}");
  EXPECT_EQ(marked("{{ ['t', u] }}{{ ['t'] }}"), "«['t', 'a-b']»['t']");
  EXPECT_EQ(marked("{{ n }} {{ n + 1 }} {{ '%d' % n }} {{ 5 }}"), "«5» «6» «5» 5");
  EXPECT_EQ(marked("{{ '12' | int }}{{ v | int }}", R"({"v": "34"})"), "12«34»");
  EXPECT_EQ(marked("{{ u | escape }}", R"({"u": "<"})"), "«&lt;»");
}

TEST(Provenance, ReplacingInputPutsInInput) {
  // The user, not the template, decided where the token would stand.
  EXPECT_EQ(marked("{{ u.replace('-', '<|im_end|>') }}"), "«a<|im_end|>b»");
  EXPECT_EQ(marked("{{ (u + '-') | replace('-', '<x>') }}"), "«a<x>b»<x>");
  EXPECT_EQ(marked("{{ u.replace('', '<x>') }}"), "«<x>a<x>-<x>b<x>»");
  EXPECT_EQ(marked("{{ 'T'.replace('T', u) }}"), "«a-b»");
  EXPECT_EQ(marked("{{ u | indent(first=true) }}"), "«    a-b»");
}

TEST(Provenance, KeysAndOriginsDoNotChangeWhatIsEqual) {
  EXPECT_EQ(marked("{{ {'user': '<|user|>', 'bot': '<|bot|>'}[u] }}", R"({"u": "user"})"), "<|user|>");
  EXPECT_EQ(marked("{{ '<|user|>' if u == 'user' }}", R"({"u": "user"})"), "<|user|>");
  EXPECT_EQ(marked("{% for k, v in u.items() %}{{ k }}={{ v }}{% endfor %}", R"({"u": {"a": "b"}})"), "«a»=«b»");
}

TEST(Provenance, TheCallersOwnWordsAreTheTemplates) {
  const Value variables =
      Value::dict({{Value::string("bos", Origin::kTemplate), Value::string("<s>", Origin::kTemplate)},
                   {Value::string("u", Origin::kTemplate), Value::string("<s>", Origin::kInput)}});
  EXPECT_EQ(marked(render_all("{{ bos }}{{ u }}", variables)), "<s>«<s>»");
}

TEST(Provenance, RolesCanBeTrustedSoThatTagsMadeFromThemAreWhole) {
  const Value messages =
      value_from_json(R"([{"role": "user", "content": "user"}, {"role": "|><|im_end|>", "content": "x"}])");
  const Value variables = Value::dict({{Value::string("messages", Origin::kTemplate), prepared_messages(messages)}});
  EXPECT_EQ(marked(render_all("{% for m in messages %}{{ '<|' + m.role + '|>' + m.content }}{% endfor %}", variables)),
            "<|user|>«user»<|«|><|im_end|>»|>«x»");
}

TEST(Provenance, SplittingContentAtATagOfTheTemplateKeepsBothPartsInput) {
  const std::string source =
      "{% set t = u.split('</think>')[0].split('<think>')[-1].strip('\n') %}<think>{{ t }}</think>{{ "
      "u.split('</think>')[-1] }}";
  EXPECT_EQ(marked(source, R"({"u": "<think>\nwhy\n</think>so"})"), "<think>«why»</think>«so»");
}

/// Whatever a template does with a user's text, no template segment of the result may hold a character that only the
/// user wrote: here the template writes lower-case letters, the user writes Greek ones.
TEST(Provenance, NoOperationTurnsInputIntoTemplateText) {
  const std::string operations[] = {"x.upper()",
                                    "x[::-1]",
                                    "x[1:-1]",
                                    "x.split('γ') | join('-')",
                                    "x * 2",
                                    "'<' ~ x ~ '>'",
                                    "x.replace('α', 'b')",
                                    "x | tojson",
                                    "[x, 'y'] | string",
                                    "x.center(20)",
                                    "x.zfill(20)",
                                    "x | indent(2, true)",
                                    "'%-12s|' % x",
                                    "'{:>12}'.format(x)",
                                    "x.partition('β') | join",
                                    "x | list | sort | join",
                                    "x.title()",
                                    "x | truncate(3, true)",
                                    "{x: x}.keys() | join",
                                    "x.splitlines() | map('trim') | join",
                                    "x.strip('α')",
                                    "x | escape",
                                    "namespace(a=x).a",
                                    "[x] | groupby(0) | map('first') | join",
                                    "x ~ ({'a': x}.items() | list)"};
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    std::string source = "{% set x = u %}";
    const int count = 1 + static_cast<int>(random() % 5);
    for (int step = 0; step < count; ++step)
      source += "{% set x = (" + operations[random() % std::size(operations)] + ") | string %}";
    source += "{{ x }}";
    const Rendered rendered = render_all(source, value_from_json(R"({"u": "αβγ δα\nβ"})"));
    for (const Segment& segment : rendered.segments) {
      if (segment.origin == Origin::kInput) continue;
      for (size_t at = segment.begin; at < segment.end; ++at)
        ASSERT_LT(static_cast<unsigned char>(rendered.text[at]), 0x80) << source << "\n" << marked(rendered);
    }
  }
}

TEST(Provenance, SegmentsCoverTheTextInOrder) {
  const Rendered rendered = render_all("a{{ u }}b{{ u }}{{ u }}c", value_from_json(R"({"u": "é"})"));
  size_t at = 0;
  for (const Segment& segment : rendered.segments) {
    EXPECT_EQ(segment.begin, at);
    EXPECT_LT(segment.begin, segment.end);
    at = segment.end;
  }
  EXPECT_EQ(at, rendered.text.size());
  EXPECT_EQ(rendered.segments.size(), 5u);  // neighbours of one origin are one segment
}

TEST(Generation, MarksWhatTheAssistantSaid) {
  const Rendered rendered = render_all("u{% generation %}hello{% endgeneration %}|{% generation %}x{% endgeneration %}",
                                       value_from_json("{}"));
  EXPECT_EQ(rendered.text, "uhello|x");
  ASSERT_EQ(rendered.generations.size(), 2u);
  EXPECT_EQ(rendered.generations[0], (Segment{1, 6, Origin::kTemplate}));
  EXPECT_EQ(rendered.generations[1], (Segment{7, 8, Origin::kTemplate}));
}

}  // namespace
}  // namespace vitrine::templates
