# Completion of venvb for fish.  What there is to complete is asked of venvb.

# Paths as a value of a plugin's option: a comma in one would end it.
function __venvb_values
    string replace -r '\t.*' '' -- $argv | string replace -a , '\\,'
end

# What comes after --plugin=NAME,: the keys of the plugin, or the values of one.
function __venvb_options
    set -l spec $argv[1]
    # A comma in a value has a backslash before it, which the shell wants twice.
    set -l last (string replace -r '.*(?<!\\\\),' '' -- $spec)
    set -l before (string sub -l (math (string length -- $spec) - (string length -- $last)) -- $spec)
    set -l dump (venvb --dump-plugin=(string replace -r ',.*' '' -- $spec) 2>/dev/null)
    for line in (string replace -rf '^key=' '' -- $dump)
        set -l parts (string split ' ' -- $line)
        test $parts[1] = '*'; and continue
        if not string match -q -- "$parts[1]=*" $last
            # When another one has its value, its name would be taken for a part of that.
            string match -q '*=*' -- $last
            or printf '%s\t%s\n' "$before$parts[1]=" (string join ' ' -- (string match -v -- - $parts[2..]))
            continue
        end
        set -l value (string sub -s (math (string length -- $parts[1]) + 2) -- $last)
        set -l kind $parts[2]
        if test $kind = string; and string match -qr -- "^option=$parts[1]\\[?=FILE" $dump
            set kind file
        else if test $parts[1] = installer
            set kind file
            printf '%s\n' "$before$parts[1]="{pip,uv}
            string match -q '*/*' -- $value; or continue
        end
        # Inside of a word no shell sees to "~/", but venvb does.
        set -l typed $value
        string match -q -- '~/*' $value; and set typed $HOME(string sub -s 2 -- $value)
        set -l found
        switch $kind
            case flag
                printf '%s\n' "$before$parts[1]="{yes,no}
            case choice
                printf '%s\n' "$before$parts[1]="(string split '|' -- $parts[3])
            case directory
                set found (__venvb_values (__fish_complete_directories "$typed"))
            case file path place
                set found (__venvb_values (__fish_complete_path "$typed"))
        end
        for path in $found
            if test "$typed" != "$value"
                set path '~'(string sub -s (math (string length -- $HOME) + 1) -- $path)
            end
            printf '%s\n' "$before$parts[1]=$path"
        end
    end
end

function __venvb_files_of_plugins
    __fish_complete_path (commandline -ct | string replace -r '^--[a-z-]+=' '') | string match -r '.*(?:/|\.so)(?=\t|$)'
end

function __venvb_plugins
    set -l spec (commandline -ct | string replace -r '^--plugin=' '')
    if string match -q '*,*' -- $spec
        __venvb_options $spec
        return
    end
    if string match -qr '/|^\.' -- $spec
        __venvb_files_of_plugins
        return
    end
    venvb --list-plugins 2>/dev/null | string replace -r '^(\S+)\s+(?:(?:\d\S*|-)\s+)?' '$1\t'
end

# The Pythons that there are, as one would ask for them: 3.12.1, 3.12, pypy3.9.
function __venvb_versions
    for line in (venvb --list-pythons 2>/dev/null)
        set -l parts (string match -r '^((\d+\.\d+)[^ td]*([td]*)) +(\S+) +(\S+) +(.*)$' -- $line)
        or continue
        set -l name (string replace -r '^cpython$' '' -- $parts[5])
        printf '%s\t%s\n' $name$parts[2] "$parts[7]" $name$parts[3]$parts[4] "$parts[5]"
    end
    printf '%s\t%s\n' project 'what the current directory asks for'
end

# The directory to make; of what is behind an option that needs no value, whether it counts.
function __venvb_rest
    set -l word (commandline -ct)
    if string match -qr -- '^--[a-z-]+=' $word
        printf '%s\n' (string replace -r '=.*' '' -- $word)={yes,no}
    else
        __fish_complete_directories
    end
end

complete -c venvb -f -a '(__venvb_rest)'

# Files, when a path is begun: all there are would hide the versions.
function __venvb_python_paths
    set -l word (string replace -r '^(--python=|-p)' '' -- (commandline -ct))
    string match -q '*/*' -- $word; and __fish_complete_path $word
end

# "  -p, --python PYTHON   base Python ..." -> letter, name, argument, help
# A group that is empty still counts, one that is optional would not.
for line in (venvb --help 2>/dev/null | string join \n | string replace -ra '\n {34}' '  ' | string split \n)
    set -l parts (string match -r '^ +((?:-., )?) *--([a-z-]+)(?:=[A-Z]+)?((?: [^ ]+)?)((?: +.*)?)$' -- $line)
    or continue
    set -l options -l $parts[3]
    test -n "$parts[2]"; and set -a options -s (string sub -s 2 -l 1 -- $parts[2])
    test -n "$parts[4]"; and set -a options -r
    switch $parts[3]
        case plugin no-plugin dump-plugin
            set -a options -f -a '(__venvb_plugins)'
        case check-plugin
            set -a options -f -a '(__venvb_files_of_plugins)'
        case requirement
            set -a options -F
        case lock
            # Its value stands after "=", or nowhere.
            set -a options -f -a '(__fish_complete_path (string replace -r "^--lock=" "" -- (commandline -ct)))'
        case build-system
            set -a options -f -a 'make autotools meson'
        case link-mode
            set -a options -f -a 'auto clone hardlink copy'
        case python
            set -a options -f -a '(__venvb_versions) (complete -C python | string match -r "^python[0-9.]*[dt]*(?=\t|\$)") (__venvb_python_paths)'
        case color
            set -a options -f -a 'auto always never'
        case progress
            set -a options -f -a 'auto plain none'
        case plugin-dir cache-dir shared-cache-dir download
            set -a options -f -a '(__fish_complete_directories)'
        case prompt new-plugin platform
            set -a options -f
    end
    complete -c venvb $options -d (string trim -- "$parts[5]")
end
