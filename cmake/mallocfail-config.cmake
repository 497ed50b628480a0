# SPDX-License-Identifier: MIT
#[[
find_package(mallocfail) gives

  mallocfail_add_test(NAME <name> COMMAND <program> [<argument>...]
                      [POLICY <file>] [OPTIONS <option>...])

which adds a test that runs a program (a target, or a path) with every allocation failing in
turn, and fails when that shows a defect; or that runs it once under a policy, and fails when
it crashes or hangs. OPTIONS go to mallocfail before the program. Results of the former stand
in mallocfail/<name> under the current binary directory.

  mallocfail_add_suite(<target> [OPTIONS <option>...])

which adds a target that runs all tests of the project once, with ctest, and tries each stack
of all of them together once: `mallocfail suite`. Results stand in mallocfail/<target>.

MALLOCFAIL_EXECUTABLE is the command. MALLOCFAIL_MEMCHECK is a checker for `ctest -T memcheck`:
before include(CTest),

  set(MEMORYCHECK_TYPE Valgrind)
  set(MEMORYCHECK_COMMAND ${MALLOCFAIL_MEMCHECK})
]]
find_program(MALLOCFAIL_EXECUTABLE mallocfail
             HINTS "${CMAKE_CURRENT_LIST_DIR}/../../../bin" "${CMAKE_CURRENT_LIST_DIR}/../../../../bin")
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(mallocfail REQUIRED_VARS MALLOCFAIL_EXECUTABLE)

set(MALLOCFAIL_MEMCHECK "${CMAKE_CURRENT_LIST_DIR}/mallocfail-memcheck")

function(mallocfail_add_suite target)
  cmake_parse_arguments(PARSE_ARGV 1 suite "" "" "OPTIONS")
  if(suite_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "mallocfail_add_suite takes a target, and perhaps OPTIONS")
  endif()
  add_custom_target(${target}
                    COMMAND ${MALLOCFAIL_EXECUTABLE} suite
                            -o "${CMAKE_CURRENT_BINARY_DIR}/mallocfail/${target}"
                            ${suite_OPTIONS} -- ${CMAKE_CTEST_COMMAND} --output-on-failure
                    WORKING_DIRECTORY "${CMAKE_BINARY_DIR}" USES_TERMINAL VERBATIM)
endfunction()

function(mallocfail_add_test)
  cmake_parse_arguments(PARSE_ARGV 0 test "" "NAME;POLICY" "COMMAND;OPTIONS")
  if(NOT test_NAME OR NOT test_COMMAND OR test_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "mallocfail_add_test takes NAME, COMMAND, and perhaps POLICY or OPTIONS")
  endif()
  list(POP_FRONT test_COMMAND program)
  if(TARGET ${program})
    set(program "$<TARGET_FILE:${program}>")
  endif()
  if(test_POLICY)
    get_filename_component(policy "${test_POLICY}" ABSOLUTE)
    set(how run --policy "${policy}" --exit verdict)
  else()
    set(how explore -o "${CMAKE_CURRENT_BINARY_DIR}/mallocfail/${test_NAME}")
  endif()
  add_test(NAME ${test_NAME}
           COMMAND ${MALLOCFAIL_EXECUTABLE} ${how} ${test_OPTIONS} -- ${program} ${test_COMMAND})
endfunction()
