/* The child's side of a pool of processes: it blocks, and knows no loop. */
#include "loop/process_pool.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

/* Returns 1; 0 at the end of the input; or a negative errno: -EPIPE if it ends within. */
static int read_all(void *to, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = read(STDIN_FILENO, (char *)to + done, size - done);
        if (n == 0)
            return done ? -EPIPE : 0;
        if (n > 0)
            done += (size_t)n;
        else if (errno != EINTR)
            return -errno;
    }
    return 1;
}

static int write_all(const void *from, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = write(STDOUT_FILENO, (const char *)from + done, size - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            return -errno;
    }
    return 0;
}

/* Returns 1; 0 at the end of the input; or a negative errno. The caller frees *request. */
static int receive(char **request, uint64_t *size, size_t most)
{
    *request = NULL;
    int result = read_all(size, sizeof *size);
    if (result <= 0)
        return result;
    if (*size > most)
        return -EMSGSIZE;
    if (!*size)
        return 1;
    *request = malloc(*size);
    if (!*request)
        return -ENOMEM;
    result = read_all(*request, *size);
    return result ? result : -EPIPE;
}

int process_worker_run(int (*answer)(const char *request, size_t size, char **reply,
                                     size_t *length),
                       size_t most)
{
    char *request, *reply;
    uint64_t size;
    int result;
    while ((result = receive(&request, &size, most)) > 0) {
        size_t length = 0;
        reply = NULL;
        result = answer(request, size, &reply, &length);
        free(request);
        size = length;
        if (!result)
            result = write_all(&size, sizeof size);
        if (!result)
            result = write_all(reply, length);
        free(reply);
        if (result)
            return result;
    }
    free(request);
    return result;
}
