/* The command line's import: the file is kept first, then read row by row while the person watches.
 * A command that is cut off is finished by the server's guard job. */
#include "import_command.h"

#include <stdlib.h>

enum { COPY_BYTES = 256 * 1024, MAP_BYTES_MAX = 256 * 1024 };

struct command_run {
    struct import_store *store;
    const struct crm *crm;
    struct crm_command *command;
    struct crm_output *rejects; /* opened with the first rejected row */
    struct crm_str rejects_path;
    struct import_record record;
    struct import_result result;
    struct crm_error *err;
};

/* ---- options ----------------------------------------------------------------------------------
 */

static crm_status read_map_file(struct command_run *c) {
    struct crm_input *in;
    char *text = c->crm->base->arena_alloc(c->crm->command->arena(c->command), MAP_BYTES_MAX);
    size_t len = 0, got = 1;
    if (!text) return c->crm->base->error_no_memory(c->err);
    crm_status status = c->crm->command->input(c->command, "map-file", &in, c->err);
    while (status == CRM_OK && got > 0 && len < MAP_BYTES_MAX) {
        status = c->crm->command->input_read(in, text + len, MAP_BYTES_MAX - len, &got, c->err);
        len += got;
    }
    c->record.options.map = crm_str_make(text, len);
    return status;
}

static crm_status read_options(struct command_run *c) {
    const struct crm_command_service *command = c->crm->command;
    struct import_options *o = &c->record.options;
    const struct {
        const char *name;
        struct crm_str *into;
    } texts[] = {{"map", &o->map},
                 {"key", &o->key},
                 {"values", &o->values},
                 {"scale", &o->scale},
                 {"currency", &o->currency},
                 {"encoding", &o->encoding},
                 {"delimiter", &o->delimiter},
                 {"sheet", &o->sheet},
                 {"date-order", &o->date_order}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i].into = command->option(c->command, texts[i].name);
    o->entity = command->argument(c->command, "ENTITY");
    o->file_name = command->argument(c->command, "FILE");
    o->dry = command->has_option(c->command, "dry-run");
    o->automations = crm_str_is(command->option(c->command, "automations"), "on");
    crm_status status = import_mode_parse(c->crm, command->option(c->command, "mode"),
                                          o->key.len > 0, &o->mode, c->err);
    if (status == CRM_OK)
        status = import_unknown_parse(c->crm, command->option(c->command, "unknown"), &o->unknown,
                                      c->err);
    return status == CRM_OK && command->has_option(c->command, "map-file") ? read_map_file(c)
                                                                           : status;
}

/* ---- reading and reporting ----------------------------------------------------------------------
 */

static crm_status read_input(void *ctx, void *ret, size_t max, size_t *ret_len,
                             struct crm_error *err) {
    struct command_run *c = ctx;
    struct crm_input *in;
    crm_status status = c->crm->command->input(c->command, "FILE", &in, err);
    return status == CRM_OK ? c->crm->command->input_read(in, ret, max, ret_len, err) : status;
}

static crm_status keep_file(struct command_run *c) {
    struct crm_file_writer *writer;
    char *piece = malloc(COPY_BYTES);
    size_t len = 1;
    if (!piece) return c->crm->base->error_no_memory(c->err);
    crm_status status = c->crm->file->create(c->crm->host, &writer, c->err);
    if (status != CRM_OK) {
        free(piece);
        return status;
    }
    while (status == CRM_OK && len > 0) {
        status = read_input(c, piece, COPY_BYTES, &len, c->err);
        if (status == CRM_OK && len > 0)
            status = c->crm->file->write(writer, crm_str_make(piece, len), c->err);
    }
    free(piece);
    if (status == CRM_OK)
        return c->crm->file->finish(writer, c->record.sha256, &c->record.bytes, c->err);
    c->crm->file->abandon(writer);
    return status;
}

/* The file's name without its folder: rejected rows are written where the person stands. */
static struct crm_str file_title(struct crm_str path) {
    size_t at = path.len;
    while (at > 0 && path.ptr[at - 1] != '/')
        at--;
    return crm_str_is(path, "-") ? CRM_STR("import") : crm_str_make(path.ptr + at, path.len - at);
}

static crm_status write_rejects(void *ctx, uint64_t piece, unsigned part, struct crm_str lines,
                                struct crm_error *err) {
    struct command_run *c = ctx;
    (void)piece, (void)part;
    if (!c->rejects) {
        struct crm_buf *name = c->crm->base->buf_new(4096);
        if (!name) return c->crm->base->error_no_memory(err);
        struct crm_str file = file_title(c->record.options.file_name);
        c->crm->base->buf_add(name, file.ptr, file.len);
        c->crm->base->buf_add(name, ".rejected.csv", 13);
        crm_status status = c->crm->command->output_new(c->command, c->crm->base->buf_str(name),
                                                        &c->rejects, &c->rejects_path, err);
        c->crm->base->buf_free(name);
        if (status != CRM_OK) return status;
    }
    return c->crm->command->output_write(c->rejects, lines, err);
}

static void tell(void *ctx, const struct import_result *so_far, int64_t bytes_done, int64_t bytes) {
    struct command_run *c = ctx;
    (void)so_far;
    c->crm->command->progress(c->command, bytes_done, bytes > 0 ? bytes : 0,
                              c->record.options.entity);
}

static bool is_stopping(void *ctx) {
    struct command_run *c = ctx;
    return c->crm->command->cancelled(c->command);
}

static void put_count(struct command_run *c, struct crm_json *out, const char *name, int64_t n) {
    c->crm->base->json_key(out, crm_str_from(name));
    c->crm->base->json_int64(out, n);
}

static void say_result(struct command_run *c) {
    const struct crm_base *base = c->crm->base;
    struct crm_json *out = c->crm->command->result(c->command);
    base->json_object_open(out);
    put_count(c, out, "created", c->result.created);
    put_count(c, out, "updated", c->result.updated);
    put_count(c, out, "skipped", c->result.skipped);
    put_count(c, out, "rejected", c->result.rejected);
    base->json_key(out, CRM_STR("changeset"));
    base->json_id(out, c->result.changeset);
    base->json_key(out, CRM_STR("rejects_file"));
    if (c->rejects)
        base->json_text(out, c->rejects_path);
    else
        base->json_null(out);
    base->json_object_shut(out);
}

static void say_line(struct command_run *c, const char *en, const char *ru, struct crm_str detail) {
    bool is_russian = c->crm->command->language(c->command) == CRM_LANGUAGE_RU;
    struct crm_buf *line = c->crm->base->buf_new(8192);
    if (!line) return;
    const char *text = is_russian ? ru : en;
    c->crm->base->buf_add(line, text, strlen(text));
    c->crm->base->buf_add(line, detail.ptr, detail.len);
    c->crm->command->say(c->command, c->crm->base->buf_str(line));
    c->crm->base->buf_free(line);
}

static void say_number(struct command_run *c, const char *en, const char *ru, int64_t n) {
    struct crm_buf *number = c->crm->base->buf_new(64);
    if (!number) return;
    c->crm->base->buf_add_int64(number, n);
    say_line(c, en, ru, c->crm->base->buf_str(number));
    c->crm->base->buf_free(number);
}

static void say_mapping(struct command_run *c) {
    if (c->result.map_from == IMPORT_MAP_REMEMBERED)
        say_line(c, "columns as they were mapped last time",
                 "столбцы сопоставлены как в прошлый раз", CRM_STR(""));
    for (size_t i = 0; i < c->result.mapped_count && c->record.options.dry; i++) {
        struct crm_buf *pair = c->crm->base->buf_new(8192);
        if (!pair) return;
        c->crm->base->buf_add(pair, c->result.mapped[i].column.ptr, c->result.mapped[i].column.len);
        c->crm->base->buf_add(pair, "=", 1);
        c->crm->base->buf_add(pair, c->result.mapped[i].field.ptr, c->result.mapped[i].field.len);
        say_line(c, "  ", "  ", c->crm->base->buf_str(pair));
        c->crm->base->buf_free(pair);
    }
}

static void say_summary(struct command_run *c) {
    if (c->crm->command->wants_json(c->command)) return;
    say_mapping(c);
    if (c->record.options.dry)
        say_line(c, "dry run, nothing was written", "пробный прогон, ничего не записано",
                 CRM_STR(""));
    say_number(c, "created  ", "создано    ", c->result.created);
    say_number(c, "updated  ", "изменено   ", c->result.updated);
    say_number(c, "skipped  ", "пропущено  ", c->result.skipped);
    say_number(c, "rejected ", "отклонено  ", c->result.rejected);
    if (c->result.photos)
        say_number(c, "photos left out ", "фотографии пропущены ", c->result.photos);
    for (size_t i = 0; i < c->result.reason_count && i < 10; i++) {
        say_number(c, "  line ", "  строка ", (int64_t)c->result.reasons[i].line);
        if (c->result.reasons[i].field.len) say_line(c, "    ", "    ", c->result.reasons[i].field);
        say_line(c, "    ", "    ", c->result.reasons[i].text);
    }
    if (c->rejects)
        say_line(c, "rejected rows with their reasons: ", "отклонённые строки с причинами: ",
                 c->rejects_path);
    if (c->result.changeset)
        say_number(c, "to take it back: perigee undo ", "отменить всё: perigee undo ",
                   c->result.changeset);
}

static crm_status run_dry(struct command_run *c) {
    struct import_run run = {.crm = c->crm,
                             .view = c->crm->command->view(c->command),
                             .options = c->record.options,
                             .source = {.read = read_input, .ctx = c, .bytes = -1},
                             .rejects = {write_rejects, c},
                             .progress = {tell, is_stopping, c}};
    return import_run(&run, c->crm->command->arena(c->command), &c->result, c->err);
}

static crm_status run_stored(struct command_run *c) {
    struct crm_arena *a = c->crm->command->arena(c->command);
    struct crm_actor_facts actor = {.size = sizeof actor};
    struct import_progress progress = {tell, is_stopping, c};
    struct import_sink sink = {write_rejects, c};
    struct crm_view *view;
    c->crm->record->actor(c->crm->command->view(c->command), &actor);
    c->record.user = actor.user;
    c->record.door = CRM_DOOR_IMPORT;
    crm_status status = keep_file(c);
    if (status == CRM_OK) status = import_store_add(c->store, a, &c->record, false, c->err);
    if (status != CRM_OK) return status;
    struct crm_view_options options = {
        .size = sizeof options, .door = CRM_DOOR_IMPORT, .user = actor.user};
    status = c->crm->record->view_open(c->crm->host, &options, &view, c->err);
    if (status != CRM_OK) return status;
    status = import_store_run(c->store, view, a, &c->record, &progress, &sink, &c->result, c->err);
    c->crm->record->view_close(view);
    return status;
}

static crm_status run_import(void *ctx, struct crm_command *command, struct crm_error *err) {
    struct import_store *store = ctx;
    struct command_run c = {.store = store, .crm = store->crm, .command = command, .err = err};
    crm_status status = read_options(&c);
    if (status == CRM_OK) status = c.record.options.dry ? run_dry(&c) : run_stored(&c);
    struct crm_error closing;
    if (c.rejects && c.crm->command->output_close(c.rejects, &closing) != CRM_OK &&
        status == CRM_OK) {
        c.crm->base->error_copy(err, &closing);
        status = c.crm->base->error_status(err);
    }
    if (status != CRM_OK) return status;
    say_result(&c);
    say_summary(&c);
    return CRM_OK;
}

static const struct crm_help_text help_texts[] = {
    {"what the rows are", "чем станут строки"},
    {"of a workbook (default: the first that is shown)",
     "лист книги (по умолчанию: первый из видимых)"},
    {"a CSV file, a workbook (XLSX) or vCards; - is standard input",
     "файл CSV, книга (XLSX) или карточки vCard; - — стандартный ввод"},
    {"which column fills which field; others are left out (default: as in the last import of such "
     "a table, else guessed)",
     "какой столбец в какое поле; остальные не берутся (по умолчанию: как в прошлом импорте такой "
     "таблицы, иначе угадывается)"},
    {"the same, one pair a line", "то же, по паре на строку"},
    {"rows with the same value are the same record", "строки с одним значением — одна запись"},
    {"create, update or upsert (default: upsert with --key, else create)",
     "create, update или upsert (по умолчанию: с --key upsert, иначе create)"},
    {"do everything but the writing", "сделать всё, кроме записи"},
    {"texts that name nothing: reject the row, leave the field empty, or create the record",
     "тексты, которые ничего не называют: отклонить строку, оставить поле пустым или создать "
     "запись"},
    {"replaces texts before they are looked up", "заменяет тексты перед поиском"},
    {"multiplies numbers and amounts", "умножает числа и суммы"},
    {"of amounts that name none", "для сумм без валюты"},
    {"windows-1251, UTF-16 ... (default: detected)",
     "windows-1251, UTF-16 ... (по умолчанию: определяется)"},
    {"one character, or tab (default: detected)", "один знак или tab (по умолчанию: определяется)"},
    {"dmy, mdy or ymd; or COLUMN:ORDER,... (default: judged from the file)",
     "dmy, mdy или ymd; или СТОЛБЕЦ:ПОРЯДОК,... (по умолчанию: по файлу)"},
    {"on or off: whether after-handlers hear of it (default: off)",
     "on или off: узнают ли об этом after-обработчики (по умолчанию: off)"},
    {"imports a CSV file, a workbook or vCards", "импортирует файл CSV, книгу или карточки vCard"},
    {"Rows that cannot be taken are written to FILE.rejected.csv in the current folder, with their "
     "reasons; the others are imported.\nA field may say how its record is found: \"Company "
     "Domain=organization.website\".\n`perigee undo CHANGESET` takes the whole import back.",
     "Строки, которые не взять, записываются в ФАЙЛ.rejected.csv в текущей папке с причинами; "
     "остальные импортируются.\nПоле может сказать, как найти его запись: \"Company "
     "Domain=organization.website\".\n`perigee undo CHANGESET` отменяет весь импорт."}};

crm_status import_command_register(struct import_store *s, struct crm_error *err) {
    static const char *const modes[] = {"create", "update", "upsert", NULL};
    static const char *const unknowns[] = {"reject", "empty", "create", NULL};
    static const char *const switches[] = {"on", "off", NULL};
    static const struct crm_option arguments[] = {
        {.name = "ENTITY", .help = "what the rows are", .kind = CRM_OPTION_TEXT, .required = true},
        {.name = "FILE",
         .help = "a CSV file, a workbook (XLSX) or vCards; - is standard input",
         .kind = CRM_OPTION_FILE_IN,
         .required = true}};
    static const struct crm_option options[] = {
        {.name = "map",
         .value = "COLUMN=FIELD,...",
         .help = "which column fills which field; others are left out (default: as in the last "
                 "import of such a table, else guessed)",
         .kind = CRM_OPTION_TEXT},
        {.name = "map-file",
         .value = "F",
         .help = "the same, one pair a line",
         .kind = CRM_OPTION_FILE_IN},
        {.name = "key",
         .value = "FIELD",
         .help = "rows with the same value are the same record",
         .kind = CRM_OPTION_TEXT},
        {.name = "mode",
         .value = "MODE",
         .help = "create, update or upsert (default: upsert with --key, else create)",
         .kind = CRM_OPTION_TEXT,
         .choices = modes},
        {.name = "dry-run", .help = "do everything but the writing", .kind = CRM_OPTION_FLAG},
        {.name = "unknown",
         .value = "WHAT",
         .help =
             "texts that name nothing: reject the row, leave the field empty, or create the record",
         .kind = CRM_OPTION_TEXT,
         .choices = unknowns},
        {.name = "values",
         .value = "COLUMN:FROM=TO,...",
         .help = "replaces texts before they are looked up",
         .kind = CRM_OPTION_TEXT},
        {.name = "scale",
         .value = "COLUMN:FACTOR,...",
         .help = "multiplies numbers and amounts",
         .kind = CRM_OPTION_TEXT},
        {.name = "currency",
         .value = "USD",
         .help = "of amounts that name none",
         .kind = CRM_OPTION_TEXT},
        {.name = "encoding",
         .value = "E",
         .help = "windows-1251, UTF-16 ... (default: detected)",
         .kind = CRM_OPTION_TEXT},
        {.name = "delimiter",
         .value = "D",
         .help = "one character, or tab (default: detected)",
         .kind = CRM_OPTION_TEXT},
        {.name = "sheet",
         .value = "NAME",
         .help = "of a workbook (default: the first that is shown)",
         .kind = CRM_OPTION_TEXT},
        {.name = "date-order",
         .value = "ORDER",
         .help = "dmy, mdy or ymd; or COLUMN:ORDER,... (default: judged from the file)",
         .kind = CRM_OPTION_TEXT},
        {.name = "automations",
         .value = "SWITCH",
         .help = "on or off: whether after-handlers hear of it (default: off)",
         .kind = CRM_OPTION_TEXT,
         .choices = switches}};
    struct crm_command_definition definition = {
        .size = sizeof definition,
        .name = "import",
        .summary = "imports a CSV file, a workbook or vCards",
        .help =
            "Rows that cannot be taken are written to FILE.rejected.csv in the current folder, "
            "with their reasons; the others are imported.\n"
            "A field may say how its record is found: \"Company Domain=organization.website\".\n"
            "`perigee undo CHANGESET` takes the whole import back.",
        .arguments = arguments,
        .argument_count = sizeof arguments / sizeof *arguments,
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .texts = help_texts,
        .text_count = sizeof help_texts / sizeof *help_texts,
        .run = run_import,
        .ctx = s};
    return s->crm->command->command_add(s->crm->host, &definition, err);
}
