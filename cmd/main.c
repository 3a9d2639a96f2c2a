/* Picks the command. */
#include "cmd/bench_run.h"
#include "cmd/commands.h"
#include "cmd/crawl.h"
#include "cmd/message.h"
#include "crawler/fetch_crew.h"
#include "crawler/isolate.h"
#include "parse/sitemap.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <libxml/xmlversion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int print_version(void)
{
    printf("skitter %s\n%s\nlibxml2 %s\n", SKITTER_VERSION, curl_version(), LIBXML_DOTTED_VERSION);
    return fflush(stdout) == 0 ? 0 : 3;
}

/* A descriptor below 3 that is closed would go to the next file that is opened; reading from
 * standard output fails every write to it instead. */
static void fill_standard_streams(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR);
}

/* What the program starts itself as, to have work done in another process. */
static const struct {
    const char *argument;
    int (*run)(void);
} helpers[] = {
    {ISOLATE_ARGUMENT, isolate_main},
    {FETCH_CREW_ARGUMENT, fetch_crew_main},
    {BENCH_ARGUMENT, bench_run_main},
};

int main(int argc, char **argv)
{
    const char *first = argc > 1 ? argv[1] : "";

    sitemap_setup();
    for (size_t i = 0; i < sizeof helpers / sizeof *helpers; i++)
        if (strcmp(first, helpers[i].argument) == 0)
            return helpers[i].run();
    fill_standard_streams();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    for (const struct named_command *c = commands; c->name; c++)
        if (strcmp(first, c->name) == 0)
            return c->run(argv + 1);
    if (strcmp(first, "--version") == 0 || strcmp(first, "-V") == 0)
        return print_version();
    if (argc < 2) {
        message("usage: skitter [OPTIONS] URL... (see skitter --help)");
        return 2;
    }
    return crawl_command(argv);
}
