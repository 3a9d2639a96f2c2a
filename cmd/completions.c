/* What shells complete: the commands as the first word, the options of the command, the words that
 * an option takes, and files where it takes one. Other values, URLs among them, are the user's. */
#include "cmd/commands.h"
#include "cmd/reference.h"

#include <stdio.h>
#include <string.h>

static bool takes_file(const struct option *o)
{
    return o->argument && strcmp(o->argument, "FILE") == 0;
}

static bool takes_words(const struct option *o)
{
    return o->argument && o->choices;
}

static void print_words(const struct option *o)
{
    for (const char *c = o->choices; *c; c++)
        putchar(*c == '|' ? ' ' : *c);
}

/* Text with a backslash before each of those characters. */
static void print_escaped(const char *text, const char *special)
{
    for (; *text; text++) {
        if (strchr(special, *text))
            putchar('\\');
        putchar(*text);
    }
}

static void print_names(const char *between)
{
    const char *before = "";

    for (const struct named_command *n = commands; n->name; n++) {
        printf("%s%s", before, n->name);
        before = between;
    }
}

/* --- bash --- */

static void bash_pattern(const struct option *o)
{
    fputs("                ", stdout);
    if (o->letter)
        printf("-%c | ", o->letter);
    printf("--%s", o->name);
    if (o->alias)
        printf(" | --%s", o->alias);
}

static void bash_value(const struct option *o, const char *arg)
{
    (void)arg;
    if (!o->argument)
        return;
    bash_pattern(o);
    if (takes_file(o)) {
        puts(") files=yes ;;");
    } else if (takes_words(o)) {
        fputs(") words='", stdout);
        print_words(o);
        puts("' ;;");
    } else {
        puts(") return ;;");
    }
}

static void bash_name(const struct option *o, const char *arg)
{
    (void)arg;
    if (o->type != OPTION_GROUP)
        printf(" --%s", o->name);
}

static void bash_command(const char *name, const struct command *c, const char *operands)
{
    printf("        %s)\n            case $prev in\n", name);
    reference_each_option(c, bash_value, NULL);
    fputs("                *) options='", stdout);
    reference_each_option(c, bash_name, NULL);
    printf("'%s ;;\n            esac\n            ;;\n", operands);
}

void completions_bash(void)
{
    puts("# Completion of skitter for bash. Made by cmd/reference.c; changes are lost.\n"
         "_skitter()\n"
         "{\n"
         "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
         "    local command='' options='' words='' files=''\n"
         "    COMPREPLY=()\n"
         "    # --name=value is three words here.\n"
         "    [[ $prev != = ]] || prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
         "    [[ $cur != = ]] || cur=''\n"
         "    ((COMP_CWORD < 2)) || command=${COMP_WORDS[1]}\n"
         "    case $command in");
    for (const struct named_command *n = commands; n->name; n++)
        bash_command(n->name, n->command, n->files ? " files=yes" : "");
    fputs("        '') words='", stdout);
    print_names(" ");
    puts("' ;;&");
    bash_command("*", reference_crawl, "");
    puts("    esac\n"
         "    if [[ $options && $cur == -* ]]; then\n"
         "        words=$options files=''\n"
         "    fi\n"
         "    if [[ $files ]]; then\n"
         "        compopt -o filenames 2>/dev/null\n"
         "        mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
         "    else\n"
         "        # Of a list, the last part.\n"
         "        mapfile -t COMPREPLY < <(compgen -P \"${cur%\"${cur##*,}\"}\" -W \"$words\" -- "
         "\"${cur##*,}\")\n"
         "    fi\n"
         "} &&\n"
         "    complete -F _skitter skitter");
}

/* --- zsh --- */

static void zsh_option(const struct option *o, const char *arg)
{
    bool repeats = o->type == OPTION_LIST;
    const char *plus = o->argument ? "+" : "", *equals = o->argument ? "=" : "";

    (void)arg;
    if (o->type == OPTION_GROUP)
        return;
    fputs(" \\\n            ", stdout);
    if (!o->letter)
        printf("'%s--%s%s[", repeats ? "*" : "", o->name, equals);
    else if (repeats)
        printf("'*'{-%c%s,--%s%s}'[", o->letter, plus, o->name, equals);
    else
        printf("'(-%c --%s)'{-%c%s,--%s%s}'[", o->letter, o->name, o->letter, plus, o->name,
               equals);
    for (const char *c = o->help; *c; c++)
        printf(*c == '\'' ? "'\\''" : strchr("[]\\:", *c) ? "\\%c" : "%c", *c);
    putchar(']');
    if (o->argument) {
        putchar(':');
        print_escaped(o->argument, ":\\");
        putchar(':');
    }
    if (takes_file(o)) {
        fputs("_files", stdout);
    } else if (takes_words(o) && repeats) {
        printf("_values -s , %s ", o->name);
        print_words(o);
    } else if (takes_words(o)) {
        putchar('(');
        print_words(o);
        putchar(')');
    } else if (o->argument) {
        putchar(' ');
    }
    putchar('\'');
}

static void zsh_command(const char *name, const struct command *c, const char *operands)
{
    printf("    %s)\n        _arguments -s -S", name);
    reference_each_option(c, zsh_option, NULL);
    printf(" \\\n            '%s'\n        ;;\n", operands);
}

void completions_zsh(void)
{
    puts("#compdef skitter\n"
         "# Completion of skitter for zsh. Made by cmd/reference.c; changes are lost.\n"
         "local -a commands\n"
         "commands=(");
    for (const struct named_command *n = commands; n->name; n++)
        printf("    '%s:%s'\n", n->name, n->help);
    fputs(")\n"
          "if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n"
          "    _describe command commands\n"
          "    return\n"
          "fi\n"
          "if [[ $words[2] == (",
          stdout);
    print_names("|");
    puts(") ]]; then\n"
         "    shift words\n"
         "    (( CURRENT-- ))\n"
         "fi\n"
         "case $words[1] in");
    for (const struct named_command *n = commands; n->name; n++)
        zsh_command(n->name, n->command, n->files ? "*:FILE:_files" : "*: : ");
    zsh_command("*", reference_crawl, "*:URL: ");
    puts("esac");
}

/* --- fish --- */

static void fish_option(const struct option *o, const char *command)
{
    if (o->type == OPTION_GROUP)
        return;
    printf("complete -c skitter -n '__skitter_is %s' -l %s", command, o->name);
    if (o->letter)
        printf(" -s %c", o->letter);
    if (takes_file(o)) {
        fputs(" -r -F", stdout);
    } else if (takes_words(o)) {
        fputs(o->type == OPTION_LIST ? " -x -a '(__fish_append , " : " -x -a '", stdout);
        print_words(o);
        fputs(o->type == OPTION_LIST ? ")'" : "'", stdout);
    } else if (o->argument) {
        fputs(" -x", stdout);
    }
    fputs(" -d '", stdout);
    print_escaped(o->help, "'\\");
    puts("'");
}

void completions_fish(void)
{
    fputs("# Completion of skitter for fish. Made by cmd/reference.c; changes are lost.\n"
          "function __skitter_is -d 'whether the command line is one of that command'\n"
          "    set -l words (commandline -opc)\n"
          "    set -l command crawl\n"
          "    if contains -- \"$words[2]\" ",
          stdout);
    print_names(" ");
    puts("\n"
         "        set command $words[2]\n"
         "    end\n"
         "    test $command = $argv[1]\n"
         "end\n"
         "complete -c skitter -f");
    for (const struct named_command *n = commands; n->name; n++) {
        printf("complete -c skitter -n 'test (count (commandline -opc)) = 1' -a %s -d '%s'\n",
               n->name, n->help);
        if (n->files)
            printf("complete -c skitter -n '__skitter_is %s' -F\n", n->name);
        reference_each_option(n->command, fish_option, n->name);
    }
    reference_each_option(reference_crawl, fish_option, "crawl");
}
