# The installed unit names the program under the prefix of the installation, not of the configuration.
#   cmake -DBUILD=<build folder> -P service.cmake
set(prefix "${BUILD}/Testing/install")
file(REMOVE_RECURSE "${prefix}")
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --component service --prefix "${prefix}"
  RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "cmake --install: ${said}")
endif()
file(STRINGS "${prefix}/lib/systemd/system/perigee.service" lines REGEX "^(ExecStart|Documentation)=")
file(REMOVE_RECURSE "${prefix}")
foreach(wanted "ExecStart=${prefix}/bin/perigee serve" "Documentation=file:${prefix}/share/doc/perigee")
  string(FIND "${lines}" "${wanted}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "not ${wanted} but ${lines}")
  endif()
endforeach()
