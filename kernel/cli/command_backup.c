/* perigee backup: one archive of the database and its files, while work goes on.
 *
 * The snapshot is that of the command's view. The file grows under another name, is flushed, read
 * back from its first byte to its last, and only then given the name that was asked for. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/command.h"
#include "store/backup.h"

static void put_facts(struct crm_command *c, struct str file, const struct backup_facts *facts) {
    struct json_writer *w = command_result(c);
    struct buf hex BUF_CLEANUP;
    buf_init(&hex, 2 * DIGEST_BYTES + 1);
    hex_format(facts->sha256.bytes, DIGEST_BYTES, &hex);
    json_object_open(w);
    json_key_lit(w, "file");
    json_text(w, file);
    json_key_lit(w, "seq");
    json_int64(w, facts->seq);
    json_key_lit(w, "rows");
    json_int64(w, facts->rows);
    json_key_lit(w, "files");
    json_int64(w, facts->blobs);
    json_key_lit(w, "bytes");
    json_int64(w, facts->bytes);
    json_key_lit(w, "sha256");
    json_text(w, buf_str(&hex));
    json_object_shut(w);
}

static crm_status say_facts(struct crm_command *c, struct str file,
                            const struct backup_facts *facts) {
    const int64_t numbers[] = {facts->rows, facts->blobs, facts->seq, facts->bytes};
    char texts[4][24];
    for (int i = 0; i < 4; i++)
        snprintf(texts[i], sizeof texts[i], "%lld", (long long)numbers[i]);
    cli_say(c, &cli_said_backup, arena_cstr(&c->arena, file), texts[0], texts[1], texts[2],
            texts[3], NULL);
    put_facts(c, file, facts);
    return CRM_OK;
}

/* From the disk, not from what is still in memory. */
static crm_status read_back(struct crm_command *c, int fd, const struct backup_facts *wrote,
                            struct err *err) {
    struct cli_progress bar = {c, STR("read back")};
    const struct store_progress progress = cli_store_progress(&bar);
    struct backup_facts found;
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    crm_status status = backup_verify(fd, &progress, &found, err);
    if (status == CRM_OK && (found.rows != wrote->rows || found.bytes != wrote->bytes))
        status = err_internal(err, "the backup read back is another one");
    return status;
}

static crm_status write_file(struct crm_command *c, int fd, struct backup_facts *facts,
                             struct err *err) {
    struct cli_progress bar = {c, STR("rows")};
    const struct store_progress progress = cli_store_progress(&bar);
    crm_status status = store_dump_open(c->view->record->conn, err);
    if (status == CRM_OK) status = backup_write(c->view->record->conn, fd, &progress, facts, err);
    if (status == CRM_OK && fsync(fd) != 0) status = err_internal(err, "backup: fsync");
    return status == CRM_OK ? read_back(c, fd, facts, err) : status;
}

static crm_status backup(struct crm_command *c, struct err *err) {
    struct str file = command_value(c, "FILE"), made = STR_NONE;
    struct backup_facts facts = {0};
    int fd = -1;
    crm_status status = cli_whole(c, err);
    struct str part = arena_printf(&c->arena, "%.*s.part", STR_ARG(file));
    if (status == CRM_OK && !part.ptr) status = err_no_memory(err);
    if (status == CRM_OK) status = c->io.create(c->io.ctx, part, &c->arena, &fd, &made, err);
    if (status != CRM_OK) return status;
    status = write_file(c, fd, &facts, err);
    close(fd);
    if (status == CRM_OK) status = c->io.place(c->io.ctx, made, file, err);
    if (status == CRM_OK) return say_facts(c, file, &facts);
    (void)c->io.place(c->io.ctx, made, STR_NONE, NULL);
    return status;
}

CLI_RUN(backup)
static const struct crm_option arguments[] = {{.name = "FILE",
                                               .help = "the archive to make; there must be none",
                                               .required = true,
                                               .kind = CRM_OPTION_TEXT}};
CLI_COMMAND(backup, CLI_ANYWHERE, .name = "backup",
            .summary = "Writes everything into one archive, while work goes on",
            CLI_ARGUMENTS(arguments), .run = backup_,
            .help = "The archive holds the database as it is at this moment, the contents of files "
                    "and a manifest with digests. It is read back before it gets its name. "
                    "\"tar tzf FILE\" lists it; \"perigee restore\" makes a Perigee of it, on "
                    "either engine. Sessions are left out: people sign in again.")
