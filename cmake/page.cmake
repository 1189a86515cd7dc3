# The page of web/ as bytes in vitrine_page. web/build_page.sh always succeeds: where npm or its registry is out of reach it
# writes an empty list with the reason, leaves the stamp out, and so tries again at the next build.
file(GLOB_RECURSE page_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/src/* ${CMAKE_SOURCE_DIR}/web/public/*
  ${CMAKE_SOURCE_DIR}/web/scripts/*)
set(page_folder ${CMAKE_BINARY_DIR}/page)
add_custom_command(
  OUTPUT ${page_folder}/embedded_page.cc ${page_folder}/page.stamp
  COMMAND sh ${CMAKE_SOURCE_DIR}/web/build_page.sh ${page_folder}
  DEPENDS ${page_sources} ${CMAKE_SOURCE_DIR}/web/build_page.sh ${CMAKE_SOURCE_DIR}/web/package.json
    ${CMAKE_SOURCE_DIR}/web/package-lock.json ${CMAKE_SOURCE_DIR}/web/index.html ${CMAKE_SOURCE_DIR}/web/vite.config.ts
    ${CMAKE_SOURCE_DIR}/web/tsconfig.json ${CMAKE_SOURCE_DIR}/web/svelte.config.js
  COMMENT "Building the page"
  VERBATIM)
add_custom_target(page_files DEPENDS ${page_folder}/page.stamp)
set_source_files_properties(${page_folder}/embedded_page.cc PROPERTIES SKIP_PRECOMPILE_HEADERS ON SKIP_UNITY_BUILD_INCLUSION ON)
target_sources(vitrine_page PRIVATE ${page_folder}/embedded_page.cc)
add_dependencies(vitrine_page page_files)
