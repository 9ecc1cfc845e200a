/* Taking the lock, with short naps while another command has it. */
#include "cli/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/messages.h"

enum { PATH_BYTES = 4096, NAP_MS = 25 };

static crm_status failed(const struct err_text *text, struct str what, struct err *err) {
    const struct str args[] = {what, str_from(strerror(errno))};
    return err_set_args(err, CRM_IO, text, args, 2);
}

crm_status lock_make_folder(struct str folder, struct err *err) {
    char path[PATH_BYTES];
    if (snprintf(path, sizeof path, "%.*s", STR_ARG(folder)) >= (int)sizeof path)
        errno = ENAMETOOLONG;
    else if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return CRM_OK;
    return failed(&cli_folder_make, folder, err);
}

crm_status lock_take(struct str folder, int wait_ms, int *ret_fd, struct err *err) {
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%.*s/lock", STR_ARG(folder));
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return failed(&cli_lock_failed, folder, err);
    for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; waited += NAP_MS) {
        if (errno == EINTR) continue;
        if (errno != EWOULDBLOCK || waited >= wait_ms) {
            bool taken = errno == EWOULDBLOCK;
            crm_status status =
                taken ? err_set_args(err, CRM_UNAVAILABLE, &cli_lock_taken, &folder, 1)
                      : failed(&cli_lock_failed, folder, err);
            close(fd);
            return status;
        }
        nanosleep(&(struct timespec){.tv_nsec = NAP_MS * 1000000L}, NULL);
    }
    *ret_fd = fd;
    return CRM_OK;
}
