# The tests and the programs of the benches; part of the CMakeLists.txt above.
enable_testing()
if(SKITTER_SANITIZE MATCHES fuzzer) # tests/fuzz/run builds this
  include(tests/fuzz/fuzz.cmake)
  return()
endif()
set(program_tests assets bench crawl end exits files filters hostile_network hostile_pages
  hostile_robots hostile_tls hostile_traps hostile_urls input isolate limits live loop_free
  machine many output pipe polite reading records robots rules safety serve serve_answers
  serve_tls sitemaps summary)

# Loaded into the program by a test of it; never instrumented.
foreach(name failing_malloc false_network jumping_clock slow_lookup)
  add_library(${name} MODULE tests/cmd/${name}.c)
  target_compile_options(${name} PRIVATE -fno-sanitize=all)
  target_link_options(${name} PRIVATE -fno-sanitize=all)
endforeach()

# Where the tests find what they start; sanitizers make it slow.
set(environment SKITTER=$<TARGET_FILE:skitter> SLOW_LOOKUP=$<TARGET_FILE:slow_lookup>
  EXAMPLES=${CMAKE_BINARY_DIR} FAILING_MALLOC=$<TARGET_FILE:failing_malloc>
  FALSE_NETWORK=$<TARGET_FILE:false_network> JUMPING_CLOCK=$<TARGET_FILE:jumping_clock>)
if(SKITTER_SANITIZE)
  list(APPEND environment SKITTER_SLOW=1)
endif()

# Criterion does not start under ThreadSanitizer: there the loop's tests have a small one of their
# own, and the program is tried from outside by the tests of the build above.
if(SKITTER_SANITIZE STREQUAL "thread")
  # What these ask is of parsers and rules alone.
  list(REMOVE_ITEM program_tests filters hostile_pages hostile_traps hostile_urls rules)
  foreach(name ${program_tests})
    add_test(NAME cmd_${name} COMMAND ${CMAKE_SOURCE_DIR}/tests/timed
             ${CMAKE_BINARY_DIR}/../cmd_${name} --jobs 1 --timeout 300)
    set_tests_properties(cmd_${name} PROPERTIES TIMEOUT 600 ENVIRONMENT "${environment}")
  endforeach()
  add_library(testing STATIC
    tests/plain/criterion.c tests/run_program.c tests/site.c tests/loop/stream_host.c)
  target_include_directories(testing PUBLIC tests/plain)
  target_link_libraries(testing PUBLIC loop)
else()
  pkg_check_modules(CRITERION REQUIRED IMPORTED_TARGET criterion)
  add_library(testing STATIC
    tests/run_program.c tests/site.c tests/cmd/crawling.c tests/cmd/hostile.c tests/cmd/serving.c
    tests/loop/stream_host.c)
  target_link_libraries(testing PUBLIC loop PkgConfig::CRITERION)
  set(criterion_options --jobs 1 --timeout 120)
endif()

# Where the system has no kqueue, the tests of the loop bring a small one: these objects take the
# place of selector.c in the library, so that the table of backends holds it too.
set(loop_tested loop)
if(NOT HAVE_KQUEUE)
  set(loop_tested loop_with_kqueue)
  add_library(loop_with_kqueue OBJECT
    loop/selector.c loop/selector_kqueue.c tests/loop/kqueue/kqueue.c)
  target_include_directories(loop_with_kqueue PRIVATE tests/loop/kqueue)
  target_compile_definitions(loop_with_kqueue PRIVATE HAVE_KQUEUE)
  target_link_libraries(loop_with_kqueue PUBLIC loop)
endif()

foreach(name echo_client echo_server poll_timers select_echo)
  add_executable(${name} tests/loop/examples/${name}.c)
  target_link_libraries(${name} PRIVATE ${loop_tested})
endforeach()

# tests/loop/test_heap.c becomes the executable and the test loop_heap.
function(add_tests room library)
  if(NOT room STREQUAL "parse") # which knows no time
    set(timed ${CMAKE_SOURCE_DIR}/tests/timed)
  endif()
  foreach(name ${ARGN})
    add_executable(${room}_${name} tests/${room}/test_${name}.c)
    target_link_libraries(${room}_${name} PRIVATE ${library} testing)
    add_test(NAME ${room}_${name}
             COMMAND ${timed} $<TARGET_FILE:${room}_${name}> ${criterion_options})
    set_tests_properties(${room}_${name} PROPERTIES TIMEOUT 600 ENVIRONMENT "${environment}")
  endforeach()
endfunction()
add_tests(loop ${loop_tested}
  await cancel coro coro_limits debug examples executor faults faults_stream future group heap list loop operation
  operation_end process_limits process_pool runner selector selector_sockets server stream stream_client
  stream_interrupt stream_open task timer wakeup watch)

# What the pool's tests start, with what becomes of a worker; never instrumented, for it crashes.
add_executable(process_worker tests/loop/process_worker.c loop/process_worker.c)
target_compile_options(process_worker PRIVATE -fno-sanitize=all)
target_link_options(process_worker PRIVATE -fno-sanitize=all)
foreach(name process_limits process_pool)
  target_compile_definitions(loop_${name} PRIVATE
                             PROCESS_WORKER="$<TARGET_FILE:process_worker>")
  add_dependencies(loop_${name} process_worker)
endforeach()

# The calls that fail on request in these tests: tests/loop/faults.c.
set(faults malloc calloc realloc free mmap munmap madvise mprotect epoll_create1 epoll_ctl
           epoll_wait poll select kqueue kevent eventfd socket bind listen accept4 connect
           pthread_create pipe2 posix_spawn posix_spawn_file_actions_init
           posix_spawn_file_actions_adddup2)
if(URING_FOUND)
  list(APPEND faults io_uring_queue_init_params io_uring_submit io_uring_submit_and_get_events
                     io_uring_submit_and_wait io_uring_submit_and_wait_timeout)
endif()
foreach(name coro_limits faults faults_stream)
  target_sources(loop_${name} PRIVATE tests/loop/faults.c)
  if(NOT HAVE_KQUEUE)
    target_include_directories(loop_${name} PRIVATE tests/loop/kqueue)
  endif()
  foreach(function ${faults})
    target_link_options(loop_${name} PRIVATE -Wl,--wrap=${function})
  endforeach()
endforeach()

if(SKITTER_SANITIZE STREQUAL "thread")
  add_tests(crawler crawler fetch_crew fetch_crew_many) # whose threads call libcurl
  return()
endif()

add_tests(parse parse
  charset css header html html_gumbo html_hostile html_tag link_memo links query reference robots
  sitemap srcset url url_host)
add_tests(crawler crawler
  address confine crawler domain fetch fetch_cookies fetch_crew fetch_crew_many fetch_facts
  fetch_guard fetch_limits fetch_multi fetch_patience fetch_proxy fetch_throttle filter frontier
  frontier_crowd frontier_limits frontier_manners histogram host isolate judge judge_later pace
  page retry robots_txt scope seen sitemaps trail trap url_queue)
add_tests(cmd commands ${program_tests}
  axis bench_chart bench_compare bench_files bench_machine bench_result bench_set bench_table
  broken_links canvas graph message progress quantity record report_page report_tree result
  seed_input serve_shares serve_site sorted template text usl write_sitemap)

add_executable(cmd_nginx tests/cmd/test_nginx.c)
target_link_libraries(cmd_nginx PRIVATE testing)
# nginx serves the Python manual, and more of the sort, while these tests run.
add_test(NAME cmd_nginx
         COMMAND ${CMAKE_SOURCE_DIR}/tests/nginx --servers ${CMAKE_SOURCE_DIR}/tests/cmd/nginx.conf
                 /usr/share/doc/python3.11/html $<TARGET_FILE:cmd_nginx> ${criterion_options})
set_tests_properties(cmd_nginx PROPERTIES TIMEOUT 600 ENVIRONMENT "${environment}")

if(SKITTER_SANITIZE)
  return()
endif()

# These measure times, so nothing else may run meanwhile.
set_tests_properties(cmd_end cmd_limits cmd_loop_free cmd_many cmd_output cmd_polite cmd_robots
                     PROPERTIES RUN_SERIAL ON)

set(scripts ${CMAKE_SOURCE_DIR}/tests)
add_executable(bare_fetch tests/bench/bare_fetch.c)
target_link_libraries(bare_fetch PRIVATE PkgConfig::CURL)
foreach(name parse_bench parse_hostile)
  add_executable(${name} tests/bench/${name}.c)
  target_link_libraries(${name} PRIVATE parse)
endforeach()
add_executable(loop_ours tests/bench/loop_ours.c tests/bench/loop_bench.c)
target_link_libraries(loop_ours PRIVATE loop)
add_executable(bench_echo_client tests/bench/echo_client.c)

add_executable(html_compare tests/parse/html_compare_files.c tests/parse/html_compare.c)
target_link_libraries(html_compare PRIVATE parse PkgConfig::ZLIB)
add_test(NAME html_corpora COMMAND ${scripts}/parse/corpora $<TARGET_FILE:html_compare>)
add_test(NAME fuzz COMMAND ${scripts}/fuzz/run)
set_tests_properties(html_corpora fuzz PROPERTIES TIMEOUT 1200)

foreach(name bench_samples record_samples)
  add_executable(${name} tests/cmd/${name}.c)
  target_link_libraries(${name} PRIVATE commands)
endforeach()
add_test(NAME cmd_schema COMMAND ${scripts}/cmd/schema $<TARGET_FILE:record_samples>
                                 $<TARGET_FILE:bench_samples>)
add_test(NAME cmd_docs COMMAND ${scripts}/cmd/docs)
add_test(NAME cmd_memcheck COMMAND ${scripts}/cmd/memcheck)
add_test(NAME cmd_report_chromium COMMAND ${scripts}/timed ${scripts}/cmd/chromium)
set_tests_properties(cmd_report_chromium PROPERTIES RUN_SERIAL ON)
add_test(NAME cmd_reference COMMAND ${scripts}/cmd/reference)
add_test(NAME cmd_deb COMMAND ${scripts}/cmd/deb)
add_test(NAME readme_recipes COMMAND ${scripts}/readme/recipes)
set_tests_properties(cmd_deb PROPERTIES SKIP_RETURN_CODE 77)
foreach(compiler gcc clang)
  add_test(NAME warnings_${compiler} COMMAND ${scripts}/warnings ${compiler})
endforeach()
foreach(build asan tsan)
  add_test(NAME ${build} COMMAND ${scripts}/sanitized ${CMAKE_BINARY_DIR}/${build})
endforeach()
add_test(NAME memcheck_crawler_url_queue
         COMMAND ${scripts}/valgrind $<TARGET_FILE:crawler_url_queue>)

# Valgrind takes a second to start a program, and Criterion starts one a test; so the loop's tests
# have the small one here too.
add_library(testing_plain STATIC tests/plain/criterion.c tests/loop/stream_host.c)
target_include_directories(testing_plain BEFORE PUBLIC tests/plain)
target_link_libraries(testing_plain PUBLIC loop)
foreach(name await cancel coro future group operation stream_interrupt stream_open task wakeup watch)
  add_executable(plain_${name} tests/loop/test_${name}.c)
  target_link_libraries(plain_${name} PRIVATE ${loop_tested} testing_plain)
  add_test(NAME memcheck_loop_${name}
           COMMAND ${scripts}/timed ${scripts}/valgrind $<TARGET_FILE:plain_${name}>)
  set_tests_properties(memcheck_loop_${name} PROPERTIES TIMEOUT 300)
endforeach()
set_tests_properties(cmd_deb cmd_docs cmd_memcheck cmd_reference cmd_report_chromium cmd_schema
                     readme_recipes asan tsan
                     PROPERTIES TIMEOUT 1200 ENVIRONMENT SKITTER=$<TARGET_FILE:skitter>)
