"""Words that stand for nothing an intent looks for: neither names, nor misspelt verbs.

Many are here because they are one slip away from a verb: without `movie`, `the movie pipeline` would be told to move.
"""

from worker.agent.offline.vocabulary import word_set

ORDINARY: frozenset[str] = word_set(
    """
    reach star bran rely bead deer path land mist alias aliases higher worth bad misbehaves misbehaving misbehave buggy
    a an the and or but if then than so as at by for from in into of off on onto to up with within without over
    please kindly just now right away soon could can would will shall should may might must do does did done is are
    was were be been being am has have had not never n't no nor only also too very really quite still yet already
    ever here there this that these those it its i me my you your we us our they them their he she his her him
    someone somebody everyone everybody anyone people person team guys folks mate buddy friend dear sir using where
    use used make makes made making take takes took taken put puts let go goes going gone come comes came like likes
    liked love want wants wanted need needs needed try tries trying tried think thought thinks guess suppose
    supposed imagine maybe perhaps possibly probably actually basically simply quickly immediately asap fast thing
    things stuff something anything nothing everything way ways time times moment minute second minutes seconds
    today because since after before until while during when whenever once unless instead rather else other others
    same different new old next back yesterday which what who how why both either each few many much more less most
    least some any all none own such per via two three four five six seven eight nine ten zero hundred thousand said
    says told asked mentioned wrote happens happen happened looks look looking seems seem seemed sounds sound feel
    felt keep keeps kept leave leaves left bit little lot lots well good great fine nice okay sure hope hopefully
    wonder wondering curious interested interesting possible impossible sort kind type types set sets value values
    equal equals name names named called call calls real quick between about around across against along among above
    below under upon toward towards through whether however though although able unable allowed bring brings brought
    turn turns turned ask asks asking talk talking speak speaking hear heard know knows knew known mean means meant
    point points part parts side end ends whole half full empty big small large long short high low early late open
    close closed true false hers ours yours theirs whatever whichever whoever somehow anyway besides yourself myself
    itself themselves ourselves am're let's lately got getting gets given gives gave seen saw sees shown showed
    cannot having doing working works ready regarding respect concerning sake trail step shape share spare spend
    stack stock store story study style sugar trial truth retain cancer statue ruin remind rewinding reminder resort
    region tomorrow max min maximum minimum depth tail further notice warning warnings behind written reads writes
    root diagnose figure history response optional instance callable content required returned command scope
    supported encoding parse scorer container original existing logger readable modules permissions internal
    matching operations stored fully inherited supports shared handling returning underlying connections resolved
    stale inner plain constant requested passing retrieve prevent images absolute creation sources loader remote
    converted writing manually quoted conditions executor stores stats contract trailing replaced reserved
    projection terminal inspected series computed channels integration latter listed evaluator skipped attempts
    undefined compiled collected monkey reversed placed importer sender incoming produces passes layer instruction
    greeting router compressed continuous entirely described breaks backed detailed excluded falls recorded deletion
    stars alone predicate resolves prevents audio tracer candidates reducing slack skill timed platforms clause
    notes views classifier decide reported machinery referring rights theme fixes smart speed completely describes
    tracker performs completes scheduler quantity trainer leaving clauses brackets pointing accurate authorize
    retrieving termination convention lives respected presence rating deferring budgets formed persona falling
    outgoing predicates printing plane retained delegates modifies polls negatives months parses recording routine
    lived charge movie spelling clearing rouge listening measured protection discord paste reviewer reliable
    elevation limiting realm protect graceful backticks contracts personal assistants holder finds engines deciding
    proposed culprits producer involved integral reusable repeatedly opens tells informational activation replicate
    terminator sleeping chance clarity forked activity watchdog actively currency delegate routines finishes
    catching permissive measures explorer expecting improving inter division inspector leads drive simulation agree
    composed directed stated fixtures programs rooted terminate fixing shade display displays deadline tea coffee
    heart party train-station cream dream table cable plant planet flight fight light night sight mouse house horse
    shore score-card bakery market garden water letter better butter matter master faster plaster sister stamp stand
    stage start-up charm chart retail detail repair report reply retire revert resign result return review reward
    restart retreat rescue refund case cases exactly precisely specifically lost wrong thread channel question
    questions answering misunderstood misunderstand mistaken mission whoa presses desist exit meeting happy
    sample customer test text nobody introducing bit todo todos typing searching pointless waste urgent urgently
    promptly necessary needless unnecessary required circumstances decision decisions against message messages order
    orders hands room mind minds favour favor trouble
    """
)
