# SPDX-License-Identifier: MIT
#[[
find_package(mallocfail) gives

  mallocfail_add_test(NAME <name> COMMAND <program> [<argument>...]
                      [POLICY <file>] [OPTIONS <option>...])

which adds a test that runs a program (a target, or a path) with every allocation failing in
turn, and fails when that shows a defect; or that runs it once under a policy, and fails when
it crashes or hangs. OPTIONS go to mallocfail before the program. Results of the former stand
in mallocfail/<name> under the current binary directory.

MALLOCFAIL_EXECUTABLE is the command.
]]
find_program(MALLOCFAIL_EXECUTABLE mallocfail
             HINTS "${CMAKE_CURRENT_LIST_DIR}/../../../bin" "${CMAKE_CURRENT_LIST_DIR}/../../../../bin")
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(mallocfail REQUIRED_VARS MALLOCFAIL_EXECUTABLE)

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
