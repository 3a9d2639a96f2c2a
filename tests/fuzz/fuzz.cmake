# The fuzz targets; part of tests.cmake, in the build that tests/fuzz/run makes.
add_custom_target(fuzz)
function(add_fuzz name library)
  add_executable(fuzz_${name} EXCLUDE_FROM_ALL tests/fuzz/fuzz_${name}.c ${ARGN})
  target_link_libraries(fuzz_${name} PRIVATE ${library})
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  add_dependencies(fuzz fuzz_${name})
endfunction()
foreach(name charset css header html html_gumbo query reference robots sitemap sitemap_text srcset url
             url_host)
  add_fuzz(${name} parse)
endforeach()
foreach(name html_diff tags)
  add_fuzz(${name} parse tests/fuzz/html_diff.c tests/parse/html_compare.c
           tests/parse/html_effects.c)
endforeach()
add_fuzz(isolate_read crawler)
target_link_libraries(fuzz_sitemap PRIVATE PkgConfig::ZLIB)
