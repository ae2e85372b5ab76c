# bash completion for klinekeep

_klinekeep() {
  local common='--rest-url --vision-url --upstream --cache-dir --now --json -q --quiet -v --verbose -h --help'
  local plan='--start --end --market --source --columns --fill --off-grid --verify --partial --no-cache --include-open
    --accept-unverified'
  local get="$plan -f --format -o --output --time --report"
  local symbols='--market --since'
  local cache='ls stats validate repair refresh prune reindex path'
  local intervals='1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M'
  local columns='open_time open high low close volume close_time quote_volume trades taker_buy_volume
    taker_buy_quote_volume'
  local cur=${COMP_WORDS[COMP_CWORD]} flag=${COMP_WORDS[COMP_CWORD - 1]}
  # --flag=value: readline breaks words at the =
  if [[ $cur == '=' ]]; then
    cur=''
  elif [[ $flag == '=' ]]; then
    flag=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  COMPREPLY=()

  # What was typed before: the command, and how many arguments it has already. A value belongs to its flag.
  local command='' arguments=0 only_arguments='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ -z $only_arguments ]]; then
      case ${COMP_WORDS[i]} in
        --) only_arguments=1; continue ;;
        --rest-url | --vision-url | --upstream | --cache-dir | --now | --start | --end | --market | --source | --columns | -f | --format | \
          -o | --output | --time | --report | --fill | --off-grid | --verify | --date | --max-size | --max-age)
          [[ ${COMP_WORDS[i + 1]} == '=' ]] && ((i++))
          ((i++))
          continue
          ;;
        -*) continue ;;
      esac
    fi
    case $command in
      '') command=${COMP_WORDS[i]} ;;
      cache) command="cache ${COMP_WORDS[i]}" ;;
      *) ((arguments++)) ;;
    esac
  done

  local words=''
  [[ -n $only_arguments ]] && flag=''
  case $flag in
    --market) words='spot um cm' ;;
    --source) words='auto rest vision cache' ;;
    -f | --format) words='csv json arrow parquet table' ;;
    --time) words='ms iso' ;;
    --fill) words='none nan ffill' ;;
    --off-grid) words='drop keep' ;;
    --verify) words='auto always' ;;
    --start | --end | --now) words='now' ;;
    --upstream) words='binance us testnet' ;;
    --rest-url | --vision-url | --date | --max-size | --max-age) return ;;
    --columns)
      # The one after the last comma; more may follow.
      local chosen=''
      [[ $cur == *,* ]] && chosen=${cur%,*},
      compopt -o nospace 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -P "$chosen" -W "$columns" -- "${cur##*,}")
      return
      ;;
    -o | --output | --report)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      return
      ;;
    --cache-dir)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$cur")
      return
      ;;
    *)
      if [[ $cur == -* && -z $only_arguments ]]; then
        case $command in
          get) words="$get $common" ;;
          plan) words="$plan $common" ;;
          symbols) words="$symbols $common" ;;
          'cache repair') words="--date --market $common" ;;
          'cache prune') words="--max-size --max-age $common" ;;
          'cache reindex' | cache) words=$common ;;
          'cache '*) words="--market $common" ;;
          '') words="$common --version" ;;
        esac
      else
        case $command in
          '') words='get plan cache symbols' ;;
          cache) words=$cache ;;
          get | plan | 'cache ls' | 'cache validate' | 'cache repair' | 'cache refresh' | 'cache path')
            [[ $arguments == 1 ]] && words=$intervals
            ;;
        esac
      fi
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _klinekeep klinekeep
