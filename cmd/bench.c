/* The bench command: it reads what is asked for, has the crawls made (bench_measure.c), each in a
 * process of its own (bench_run.c), and shows what came of them. */
#include "cmd/bench.h"

#include "cmd/bench_print.h"
#include "cmd/bench_private.h"
#include "cmd/message.h"
#include "crawler/memory.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- what came of it --- */

static enum bench_ink choose_ink(void)
{
    setlocale(LC_CTYPE, "");
    bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    setlocale(LC_CTYPE, "C");
    return isatty(STDOUT_FILENO) && utf8 ? BENCH_BRAILLE : BENCH_ASCII;
}

#define WIDTH 100 /* where standard output is no terminal */

static void print_for_people(struct text *out, const struct bench_result *r)
{
    size_t columns = terminal_columns(STDOUT_FILENO);
    const char *plain = getenv("NO_COLOR");
    char sentence[BENCH_SENTENCE];

    bench_print_table(out, r);
    bench_print_chart(out, r, choose_ink(), columns ? columns : WIDTH,
                      columns && !(plain && *plain));
    bench_result_say(r, sentence);
    text_add_char(out, '\n');
    text_add_string(out, sentence);
    text_add_char(out, '\n');
}

static void print(struct text *out, const struct bench *b)
{
    if (b->arguments.json)
        bench_print_json(out, &b->result);
    else if (b->arguments.csv)
        bench_print_csv(out, &b->result);
    else
        print_for_people(out, &b->result);
}

ASYNC static int show(struct bench *b)
{
    print(output_begin(b->output), b);
    output_end(b->output);
    if (b->drawing) {
        bench_print_svg(output_begin(b->drawing), &b->result);
        output_end(b->drawing);
        output_flush(b->drawing);
    }
    return output_flush(b->output);
}

/* --- the run --- */

ASYNC static int measure(void *arg)
{
    return bench_measure(arg);
}

/* A signal ends the crawls; what they have shown by then is shown. A second one ends the program.
 */
static void signalled(struct bench *b, int signo)
{
    if (b->signal)
        _exit(128 + signo);
    b->signal = signo;
    task_cancel(&b->measuring);
}

static void interrupted(struct handle *h)
{
    signalled(container_of(h, struct bench, interrupted), SIGINT);
}

static void terminated(struct handle *h)
{
    signalled(container_of(h, struct bench, terminated), SIGTERM);
}

ASYNC static int bench_main(void *arg)
{
    struct bench *b = arg;
    struct loop *l = b->runner.loop;

    loop_add_signal_handler(l, SIGINT, &b->interrupted);
    loop_add_signal_handler(l, SIGTERM, &b->terminated);
    int error = task_start(&b->measuring, l, "measuring", measure, b);
    if (!error)
        error = task_join(&b->measuring);
    message_live("");
    if (b->signal)
        message("skitter bench: %s after %u of %u crawls",
                b->signal == SIGINT ? "interrupted" : "terminated", b->done, b->plan_count);
    else if (error)
        return error;
    bench_result_derive(&b->result);
    if (b->result.curves[0].level_count)
        show(b);
    return 0;
}

/* --- the command --- */

/* 3 if what was written is lost, else the status given; a reader that leaves is served. */
static int finish_output(struct output *o, const char *name, int status)
{
    int error = o ? output_finish(o) : 0;

    if (error == 0 || error == -EPIPE)
        return status;
    message("skitter bench: %s: %s", name, strerror(-error));
    return 3;
}

/* Returns the exit status. */
static int judge(struct bench *b, int result)
{
    const struct bench_arguments *a = &b->arguments;

    if (result)
        return 1;
    int status = b->result.same_urls ? 0 : 4;
    if (b->old && !b->signal && status == 0)
        status = bench_old_compare(b->old, &b->result, a->tolerance);
    if (b->signal)
        status = 128 + b->signal;
    status = finish_output(b->output, "standard output", status);
    return finish_output(b->drawing, a->svg, status);
}

/* With the loop open. */
static int open_and_run(struct bench *b)
{
    const struct bench_arguments *a = &b->arguments;
    struct loop *l = b->runner.loop;
    int status = 3, error = output_open(&b->output, l, NULL, NULL, NULL);

    if (error) {
        message("skitter bench: standard output: %s", strerror(-error));
        return 3;
    }
    error = a->svg ? output_open(&b->drawing, l, a->svg, NULL, NULL) : 0;
    if (error) {
        message("skitter bench: --svg %s: %s", a->svg, strerror(-error));
    } else {
        bench_machine_read(&b->result.machine);
        bench_divide_cores(b);
        status = judge(b, runner_main(&b->runner, bench_main, b));
        if (b->drawing)
            output_free(b->drawing);
    }
    output_free(b->output);
    return status;
}

static int run(struct bench *b)
{
    int status = b->arguments.compare ? bench_old_read(&b->old, b->arguments.compare) : 0;
    int error = status ? 0 : runner_open(&b->runner, NULL);

    if (status)
        return status;
    if (error) {
        message("skitter bench: no event loop: %s", strerror(-error));
        status = 3;
    } else {
        status = open_and_run(b);
        runner_close(&b->runner);
    }
    bench_old_free(b->old);
    return status;
}

int bench_command(char **argv)
{
    struct bench *b = memory_new(sizeof *b);

    handle_init(&b->interrupted, interrupted);
    handle_init(&b->terminated, terminated);
    int status = bench_arguments_parse(&b->arguments, argv);
    if (status < 0)
        status = run(b);
    bench_result_deinit(&b->result);
    bench_arguments_deinit(&b->arguments);
    text_deinit(&b->urls);
    free(b->plans);
    free(b);
    return status;
}
