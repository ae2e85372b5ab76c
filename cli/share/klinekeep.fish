# fish completion for klinekeep

complete -c klinekeep -f
complete -c klinekeep -n __fish_use_subcommand -a get -d 'Candles of a symbol'
complete -c klinekeep -n __fish_use_subcommand -a plan -d 'What get would fetch'
complete -c klinekeep -n __fish_use_subcommand -a cache -d 'Look after what is kept'
complete -c klinekeep -n __fish_use_subcommand -a symbols -d 'What can be had, and since when'
complete -c klinekeep -n __fish_use_subcommand -l version -d 'Print the version; with --verbose those of all parts'

complete -c klinekeep -l rest-url -x -d 'Where REST is asked'
complete -c klinekeep -l vision-url -x -d 'Where the archive is asked'
complete -c klinekeep -l upstream -x -a 'binance us testnet' -d 'Which exchange'
complete -c klinekeep -l cache-dir -x -a '(__fish_complete_directories)' -d 'Where candles are kept'
complete -c klinekeep -l now -x -d 'The clock, for reproducible runs'
complete -c klinekeep -l json -d 'Machine-readable output'
complete -c klinekeep -s q -l quiet -d 'Nothing on stderr but errors'
complete -c klinekeep -s v -l verbose -d 'Tell what is done'
complete -c klinekeep -s h -l help -d 'Print help'

# What get and plan have in common, and what get has alone.
set -l request '__fish_seen_subcommand_from get plan'
set -l get '__fish_seen_subcommand_from get'
complete -c klinekeep -n $request -a '1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M' -d Interval
complete -c klinekeep -n $request -l start -x -a now -d 'First open_time, inclusive'
complete -c klinekeep -n $request -l end -x -a now -d 'Last open_time, inclusive'
complete -c klinekeep -n $request -l market -x -a 'spot um cm' -d Market
complete -c klinekeep -n $request -l source -x -a 'auto rest vision cache' -d 'Source; a named one is never left'
complete -c klinekeep -n $request -l columns -x -a '(__fish_complete_list , "string split \' \' \'open_time open high low close volume close_time quote_volume trades taker_buy_volume taker_buy_quote_volume\'")' -d 'Only these columns'
complete -c klinekeep -n $get -s f -l format -x -a 'csv json arrow parquet table' -d Format
complete -c klinekeep -n $get -s o -l output -r -F -d 'Write to a file'
complete -c klinekeep -n $get -l time -x -a 'ms iso' -d 'How open_time is written'
complete -c klinekeep -n $get -l report -r -F -d 'Write what happened, as JSON'
complete -c klinekeep -n $request -l fill -x -a 'none nan ffill' -d 'Fill gaps'
complete -c klinekeep -n $request -l off-grid -x -a 'drop keep' -d 'Candles that opened off the grid'
complete -c klinekeep -n $request -l verify -x -a 'auto always' -d 'Prove cached bytes'
complete -c klinekeep -n $request -l partial -d 'Give what there is'
complete -c klinekeep -n $request -l no-cache -d 'Neither read nor write the cache'
complete -c klinekeep -n $request -l include-open -d 'The forming candle too'
complete -c klinekeep -n $request -l accept-unverified -d 'Take files that no checksum proves'

set -l symbols '__fish_seen_subcommand_from symbols'
complete -c klinekeep -n $symbols -l market -x -a 'spot um cm' -d Market
complete -c klinekeep -n $symbols -l since -d 'The first day of each in the archive'

# The first word after `cache` is its command. It is not meant where it is the value of --source.
set -l commands ls stats validate repair refresh prune reindex path
set -l cache '__fish_seen_subcommand_from cache; and not __fish_seen_subcommand_from get plan symbols'
set -l new_cache "$cache; and not __fish_seen_subcommand_from $commands"
complete -c klinekeep -n $new_cache -a ls -d 'The partitions'
complete -c klinekeep -n $new_cache -a stats -d 'How much there is'
complete -c klinekeep -n $new_cache -a validate -d 'Is it sound?'
complete -c klinekeep -n $new_cache -a repair -d 'Fetch again what is damaged'
complete -c klinekeep -n $new_cache -a refresh -d 'Ask again for what may be better'
complete -c klinekeep -n $new_cache -a prune -d 'Remove what is too much or too old'
complete -c klinekeep -n $new_cache -a reindex -d 'Make the catalogue anew'
complete -c klinekeep -n $new_cache -a path -d 'Where things are'

set -l series "$cache; and __fish_seen_subcommand_from ls validate repair refresh path"
set -l markets "$cache; and __fish_seen_subcommand_from ls stats validate repair refresh path"
complete -c klinekeep -n $series -a '1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M' -d Interval
complete -c klinekeep -n $markets -l market -x -a 'spot um cm' -d Market
complete -c klinekeep -n "$cache; and __fish_seen_subcommand_from repair" -l date -x -d 'The partition of that month, even where there is none'
complete -c klinekeep -n "$cache; and __fish_seen_subcommand_from prune" -l max-size -x -d 'What may stay in all'
complete -c klinekeep -n "$cache; and __fish_seen_subcommand_from prune" -l max-age -x -d 'How long unused partitions stay'
