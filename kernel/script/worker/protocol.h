/* What the server and a worker process say to each other. The server sends a RUN; the worker
 * answers with CALLs, each answered by a REPLY, and one DONE.
 *
 *     RUN    mode, handler, cpu_ms, memory, now_ms, language, layer, is_heard, owner,
 *            sources (name, text)..., arguments...
 *     CALL   what, name, place in the script, handles no longer needed..., arguments...
 *     REPLY  true, results... or false, error
 *     DONE   cpu_ns, peak of memory, true, result or false, error
 *
 * The result of a handler or text is a text of JSON, those of MODE_LOAD and MODE_HANDLERS a table
 * of declarations. Both sides are one program, so numbers are in its own order. */
#ifndef SCRIPT_WORKER_PROTOCOL_H
#define SCRIPT_WORKER_PROTOCOL_H

enum script_message { SCRIPT_RUN = 1, SCRIPT_CALL, SCRIPT_REPLY, SCRIPT_DONE };
enum script_mode {
    SCRIPT_MODE_LOAD,     /* which handlers do the sources make? */
    SCRIPT_MODE_HANDLERS, /* the same, and nothing but handlers */
    SCRIPT_MODE_HANDLER,  /* one of them is called */
    SCRIPT_MODE_TEXT      /* the only source is called */
};
enum script_call_what {
    SCRIPT_CALL_API,    /* function of `crm` by name */
    SCRIPT_CALL_METHOD, /* of a query: it and the arguments */
    SCRIPT_CALL_PAGE,   /* of a walk: query, cursor or nil, records so far -> records, cursor */
    SCRIPT_CALL_LOAD,   /* record -> it with its row */
    SCRIPT_CALL_INDEX,  /* record or change, key -> value */
    SCRIPT_CALL_SET,    /* record, field, value */
    SCRIPT_CALL_CHANGED,
    SCRIPT_CALL_MARK, /* depth: crm.try begins */
    SCRIPT_CALL_BACK, /* depth: what was done since is taken back -> may the script go on? */
    SCRIPT_CALL_PRINT
};
enum script_object { SCRIPT_OBJECT_RECORD = 1, SCRIPT_OBJECT_QUERY, SCRIPT_OBJECT_CHANGE };
enum script_row { SCRIPT_ROW_NONE, SCRIPT_ROW_FOLLOWS, SCRIPT_ROW_MISSING };
/* A value larger than this is fetched when it is looked at. */
enum {
    SCRIPT_ROW_VALUE_BYTES = 4096,
    SCRIPT_HANDLES_MAX = 4096,
    SCRIPT_CALL_ARGS_MAX = 250,
    SCRIPT_MARKS_MAX = 250
};

#endif
