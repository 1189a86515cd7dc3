# vitrine_page_assets(TARGET FOLDER): embeds the files of the built page in a library, as bytes. Without them the list is
# empty, and the server says how to add the page.
function(vitrine_page_assets target folder)
  file(GLOB_RECURSE files RELATIVE ${folder} CONFIGURE_DEPENDS ${folder}/*)
  list(FILTER files EXCLUDE REGEX "\\.(map|gz)$")
  set(generated ${CMAKE_BINARY_DIR}/page_assets.cc)
  set(code "#include \"serve/page_assets.h\"\n\n")
  set(entries "")
  set(paths "")
  set(number 0)
  foreach(file ${files})
    string(APPEND code "asm(\".section .rodata\\n.global vitrine_page_${number}\\nvitrine_page_${number}:\\n\"\n"
      "    \".incbin \\\"${folder}/${file}\\\"\\n.global vitrine_page_${number}_end\\nvitrine_page_${number}_end:\\n\"\n"
      "    \".byte 0\\n.previous\\n\")\;\n"
      "extern \"C\" const char vitrine_page_${number}[], vitrine_page_${number}_end[]\;\n")
    string(APPEND entries "      {\"/${file}\", {vitrine_page_${number}, vitrine_page_${number}_end}},\n")
    list(APPEND paths ${folder}/${file})
    math(EXPR number "${number} + 1")
  endforeach()
  string(APPEND code "\nnamespace vitrine::serve {\n\nstd::span<const PageAsset> page_assets() {\n"
    "  static const std::vector<PageAsset> kAssets = {\n${entries}  }\;\n  return kAssets\;\n}\n\n"
    "}  // namespace vitrine::serve\n")
  file(GENERATE OUTPUT ${generated} CONTENT "${code}")
  target_sources(${target} PRIVATE ${generated})
  set_source_files_properties(${generated} PROPERTIES OBJECT_DEPENDS "${paths}" SKIP_UNITY_BUILD_INCLUSION ON
    SKIP_PRECOMPILE_HEADERS ON)
endfunction()
