# embed_text(TARGET FILE SYMBOL): FILE becomes part of TARGET as `const unsigned char SYMBOL[]` and
# `const size_t SYMBOL_bytes`. Made anew whenever FILE changes.
set(EMBED_TEXT_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/embed_text.script.cmake)

function(embed_text target file symbol)
  set(output ${CMAKE_BINARY_DIR}/embedded/${symbol}.c)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DINPUT=${file} -DOUTPUT=${output} -DSYMBOL=${symbol} -P ${EMBED_TEXT_SCRIPT}
    DEPENDS ${file} ${EMBED_TEXT_SCRIPT}
    COMMENT "Embedding ${symbol}"
    VERBATIM)
  add_library(embedded_${symbol} OBJECT ${output}) # a target of its own, so that ${target} compiles without waiting
  set_target_properties(embedded_${symbol} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_sources(${target} PRIVATE $<TARGET_OBJECTS:embedded_${symbol}>)
endfunction()
