/* The program from outside: started as a process, talked to through pipes. The environment variable
 * SKITTER names the binary. Whatever goes wrong in here ends the test's process with a message; so
 * does a program that lets a deadline pass, unless the caller asks to hear of that.
 *
 *     struct result r;
 *     run_program(ARGS("url", "--json", "http://h"), NULL, &r);
 *     cr_assert_eq(r.status, 0);
 *     cr_assert_str_eq(r.out, "...");
 *     result_free(&r);
 */
#ifndef TESTS_RUN_PROGRAM_H
#define TESTS_RUN_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define RUN_SECONDS 60.0 /* until run_program kills */

struct result {
    char *out, *err; /* what was collected, ended by a NUL that is not counted */
    size_t out_size, err_size;
    int status;     /* the exit status; 128 + the signal that killed it */
    double seconds; /* of wall time, from start to end */
    size_t peak;    /* of its memory, in KiB (ru_maxrss) */
    bool timed_out; /* it was killed at the deadline */
};

/* Runs the program with these arguments (without its own name, ended by NULL) to its end. Its
 * standard input is that text, or empty. */
void run_program(const char *const args[], const char *input, struct result *out);
void result_free(struct result *r);

struct program;

/* Starts the program; its standard input stays open. */
struct program *program_start(const char *const args[]);

/* Appends to its standard input, and closes it. Writing waits while the pipe is full. */
void program_write(struct program *p, const char *text);
void program_end_input(struct program *p);

/* Closes the reading end of its standard output: the reader went away. */
void program_close_output(struct program *p);

void program_signal(struct program *p, int signo);

/* The process's id. */
int program_pid(const struct program *p);

/* Takes the next line off its standard output, without its end. Reads no more than 4 KiB ahead, so
 * a caller that stops calling is a slow reader. Returns false at the end of the output. The line
 * is valid until the next call. */
bool program_read_line(struct program *p, const char **line, double seconds);

/* Closes its input, collects what is left of its output until it ends, and frees p. After that many
 * seconds it is killed. */
void program_wait(struct program *p, double seconds, struct result *out);

#endif
